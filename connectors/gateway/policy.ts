/** Who may open what, by the side of the job: the first of the two grants. What is not allowed is denied. */
import { TsmpiError } from '../../runtime/core/errors.ts';
import { badField, fieldsOf, numberIn, textsIn } from '../wire/checked-fields.ts';
import { jobStreamsMax, opensBurst, opensPerSecond, rankStreamsMax } from '../wire/limits.ts';
import { isName, namesAre } from '../wire/names.ts';
import { TokenBucket } from '../wire/token-bucket.ts';
import type { JobIdentity, Opening } from './opening.ts';

/**
 * Who may use a resource, and which agent serves it. No address appears here.
 * @example
 * const warehouse: ConnectorGrant = { agent: 'dc1', jobs: ['nightly'], ranks: 'all', maxStreams: 64 };
 */
export interface ConnectorGrant {
  /** Name of the agent that serves the resource; it decides by its own list as well. */
  agent: string;
  /** Names of the jobs that may use it; left out: every job that asks for it. */
  jobs?: readonly string[];
  /** Ranks of the job that may use it; default 'all'. */
  ranks?: readonly number[] | 'all';
  /** Streams of one job at once; default 512. */
  maxStreams?: number;
}

export type Grants = Readonly<Record<string, ConnectorGrant>>;

const grantKeys = ['agent', 'jobs', 'ranks', 'maxStreams'];

/** Throws ERR_ARGUMENT with one clear line. */
export function parseGrants(value: unknown, place: string): Grants {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badField(place, 'is not an object');
  const grants = new Map<string, ConnectorGrant>();
  for (const [name, grant] of Object.entries(value)) {
    if (!isName(name)) throw badField(place, `the resource ${JSON.stringify(name)} has no good name`, namesAre);
    grants.set(name, grantOf(grant, `${place}.${name}`));
  }
  return Object.fromEntries(grants);
}

function grantOf(value: unknown, place: string): ConnectorGrant {
  const fields = fieldsOf(value, place, grantKeys);
  const { agent, ranks } = fields;
  if (!isName(agent)) throw badField(place, `agent ${JSON.stringify(agent)} is no good name`, namesAre);
  const jobs = textsIn(fields, 'jobs', place);
  const maxStreams = numberIn(fields, 'maxStreams', place, 1, 100_000);
  const areRanks = Array.isArray(ranks) && ranks.every((rank) => Number.isInteger(rank) && rank >= 0);
  if (ranks !== undefined && ranks !== 'all' && !areRanks) {
    throw badField(place, `ranks is ${JSON.stringify(ranks)}`, "give a list of ranks, or 'all'");
  }
  return {
    agent,
    ...(jobs === undefined ? {} : { jobs }),
    ...(ranks === undefined ? {} : { ranks: ranks as readonly number[] | 'all' }),
    ...(maxStreams === undefined ? {} : { maxStreams }),
  };
}

/** What lives, as far as limits go. */
export interface Counted {
  readonly job: JobIdentity;
  readonly rank: number;
  readonly sharedBy?: readonly number[];
  readonly resource: string;
}

export class Policy {
  #grants: Grants;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(grants: Grants) {
    this.#grants = grants;
  }

  configure(grants: Grants): void {
    this.#grants = grants;
  }

  get agents(): readonly string[] {
    return [...new Set(Object.values(this.#grants).map(({ agent }) => agent))];
  }

  grantOf(resource: string): ConnectorGrant | undefined {
    return Object.hasOwn(this.#grants, resource) ? this.#grants[resource] : undefined;
  }

  /** Why a job may not use a resource at all, or null. */
  jobRefusal(resource: string, job: JobIdentity): string | null {
    const grant = this.grantOf(resource);
    if (grant === undefined) return 'no grant names this resource';
    if (grant.jobs !== undefined && !grant.jobs.includes(job.name)) return `job ${job.name} may not use it`;
    return null;
  }

  /** Why an opening is not allowed, whatever else is open, or null. */
  refusal({ resource, job, rank, sharedBy = [] }: Counted): string | null {
    const refusal = this.jobRefusal(resource, job);
    if (refusal !== null) return refusal;
    const { ranks = 'all' } = this.grantOf(resource) ?? {};
    const other = ranks === 'all' ? undefined : [rank, ...sharedBy].find((each) => !ranks.includes(each));
    if (other === undefined) return null;
    const shares = other === rank ? '' : `, and shares the sandbox of rank ${String(rank)}`;
    return `rank ${String(other)} of job ${job.name} may not use it${shares}`;
  }

  /** Throws ERR_DENIED. */
  allow(opening: Opening, live: Iterable<Counted>): ConnectorGrant {
    const { resource, job, rank } = opening;
    const deny = (why: string): never => {
      throw new TsmpiError('ERR_DENIED', `${why} (said by the gateway)`, { where: resource });
    };
    const grant = this.grantOf(resource);
    const refusal = this.refusal(opening);
    if (grant === undefined || refusal !== null) return deny(refusal ?? 'no grant names this resource');
    let [ofRank, ofJob, ofResource] = [0, 0, 0];
    for (const each of live) {
      if (each.job.id !== job.id) continue;
      ofJob += 1;
      if (each.rank === rank) ofRank += 1;
      if (each.resource === resource) ofResource += 1;
    }
    const most = grant.maxStreams ?? jobStreamsMax;
    if (ofResource >= most) deny(`the job has ${String(ofResource)} streams to it, its grant allows ${String(most)}`);
    const wide = grant.maxStreams ?? 0;
    if (ofRank >= Math.max(rankStreamsMax, wide)) deny(`rank ${String(rank)} has ${String(ofRank)} streams open`);
    if (ofJob >= Math.max(jobStreamsMax, wide)) deny(`job ${job.name} has ${String(ofJob)} streams open`);
    const key = `${job.id} ${String(rank)}`;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(opensBurst, opensPerSecond);
    this.#buckets.set(key, bucket);
    if (!bucket.take()) deny(`rank ${String(rank)} opens more than ${String(opensPerSecond)} streams a second`);
    return grant;
  }

  forget(job: JobIdentity): void {
    for (const key of this.#buckets.keys()) if (key.startsWith(`${job.id} `)) this.#buckets.delete(key);
  }
}
