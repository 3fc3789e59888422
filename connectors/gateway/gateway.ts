/** The gateway: where ranks ask for resources by name, and agents that have dialled in serve them. */
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { CountedStream } from '../wire/counted-stream.ts';
import { agentsDialTimeoutMs } from '../wire/limits.ts';
import { withoutCode } from '../wire/messages.ts';
import type { OfferedResource } from '../wire/registration.ts';
import { grantId } from './agent-session.ts';
import { Agents, type AgentStatus } from './agents.ts';
import { AuditLog, type AuditRecord } from './audit-log.ts';
import { Authority } from './authority.ts';
import { Enrolments } from './enrolments.ts';
import { GrantSigner } from './grants.ts';
import type { Denial, JobIdentity, Opening } from './opening.ts';
import { type ConnectorGrant, type Grants, Policy } from './policy.ts';
import { Reception } from './reception.ts';

export interface GatewayOptions {
  readonly stateFolder: string;
  readonly host: string;
  readonly port: number;
  readonly grants: Grants;
  readonly auditPath: string;
  readonly log: (line: string) => void;
}

/** A stream that lives. */
interface Live {
  readonly job: JobIdentity;
  readonly rank: number;
  readonly sharedBy: readonly number[];
  readonly resource: string;
  readonly agent: string;
  readonly grant: string;
  readonly stream: CountedStream;
}

export interface LiveStatus {
  readonly job: string;
  readonly rank: number;
  readonly resource: string;
  readonly agent: string;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export interface GatewayStatus {
  /** Where agents dial in. */
  readonly listen: string;
  readonly pid: number;
  readonly agents: readonly AgentStatus[];
  readonly streams: readonly LiveStatus[];
}

/** Whose streams are to end: of all that are given, those that fit. */
export interface Revocation {
  readonly agent?: string | undefined;
  readonly job?: string | undefined;
  readonly rank?: number | undefined;
  readonly resource?: string | undefined;
}

/** The agent that is not wanted any more at all; undefined where streams alone are meant. */
export function unwantedAgent({ agent, job, rank, resource }: Revocation): string | undefined {
  return job === undefined && rank === undefined && resource === undefined ? agent : undefined;
}

export class Gateway {
  readonly #agents: Agents;
  readonly #enrolments: Enrolments;
  readonly #reception: Reception;
  readonly #signer: GrantSigner;
  readonly #audit: AuditLog;
  readonly #policy: Policy;
  readonly #log: (line: string) => void;
  readonly #live = new Set<Live>();

  /** Rejects with ERR_LAUNCH where it cannot listen, with ERR_ARGUMENT where its files are not good. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { stateFolder, host, port, log } = options;
    const authority = await Authority.open(stateFolder);
    const enrolments = new Enrolments(stateFolder);
    const agents = new Agents(log);
    const audit = new AuditLog(options.auditPath);
    try {
      const reception = await Reception.listen({ host, port, authority, enrolments, events: agents, log });
      return new Gateway(options, { agents, enrolments, audit, reception, authority });
    } catch (error) {
      audit.close();
      throw error;
    }
  }

  private constructor(
    { grants, log }: GatewayOptions,
    parts: { agents: Agents; enrolments: Enrolments; audit: AuditLog; reception: Reception; authority: Authority },
  ) {
    [this.#agents, this.#enrolments, this.#audit] = [parts.agents, parts.enrolments, parts.audit];
    [this.#reception, this.#log] = [parts.reception, log];
    this.#signer = new GrantSigner(parts.authority.grantKeys.private);
    this.#policy = new Policy(grants);
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#reception.address;
  }

  /**
   * What a job will dial, once all its agents are there. Rejects with ERR_DENIED for a resource that the job may not
   * use, with ERR_CONNECTOR where its agent does not dial in, or does not serve it.
   */
  async offers(resources: readonly string[], job: JobIdentity, signal: AbortSignal): Promise<OfferedResource[]> {
    for (const resource of resources) {
      const refusal = this.#policy.jobRefusal(resource, job);
      if (refusal === null) continue;
      this.deny({ job, rank: null, resource, reason: refusal });
      throw new TsmpiError('ERR_DENIED', `${refusal} (said by the gateway)`, { where: resource });
    }
    return Promise.all(resources.map((resource) => this.#offer(resource, signal)));
  }

  async #offer(resource: string, signal: AbortSignal): Promise<OfferedResource> {
    const { agent = '' } = this.#policy.grantOf(resource) ?? {};
    if (this.#agents.registrationOf(agent) === null) {
      const { host, port } = this.address;
      this.#log(`waiting for connector agent ${agent} (${resource}) to dial in at ${host}:${String(port)}`);
    }
    const { registration } = await this.#agents.session(agent, signal, agentsDialTimeoutMs);
    const offer = registration?.resources[resource];
    if (offer !== undefined) return offer;
    throw new TsmpiError('ERR_CONNECTOR', `agent ${agent} serves no resource of that name`, {
      where: resource,
      remedy: `it serves ${Object.keys(registration?.resources ?? {}).join(', ')}`,
    });
  }

  /** A stream. Rejects with ERR_DENIED and says which side refuses it, with ERR_CONNECTOR where it cannot be opened. */
  async open(opening: Opening): Promise<CountedStream> {
    const { job, rank, sharedBy = [], resource } = opening;
    const record = { job: job.name, jobId: job.id, rank, resource };
    let [agent, grant]: [string | null, string | null] = [null, null];
    try {
      const allowed: ConnectorGrant = this.#policy.allow(opening, this.#live);
      [agent, grant] = [allowed.agent, grantId()];
      this.#checkAudit();
      const session = await this.#agents.session(agent, opening.signal);
      const signed = await this.#signer.sign({ agent, job, rank, resource, id: grant });
      const stream = await session.open(opening, signed);
      if (!this.#audit.write({ event: 'allow', ...record, agent, grant })) {
        stream.destroy();
        this.#checkAudit();
      }
      this.#watch({ job, rank, sharedBy, resource, agent, grant, stream });
      return stream;
    } catch (error) {
      const reason = withoutCode((error as Error).message);
      this.#write({ event: 'deny', ...record, agent, grant, reason });
      throw error;
    }
  }

  /** Writes down what was refused elsewhere. */
  deny({ job, rank, resource, reason }: Denial): void {
    this.#write({ event: 'deny', job: job.name, jobId: job.id, rank, resource, agent: null, grant: null, reason });
  }

  /** Grants that are taken back end their streams. */
  configure(grants: Grants): void {
    this.#policy.configure(grants);
    for (const live of this.#live) {
      const hasMoved = this.#policy.grantOf(live.resource)?.agent !== live.agent;
      const refusal = this.#policy.refusal(live) ?? (hasMoved ? 'another agent serves it' : null);
      if (refusal !== null) this.#cut(live, `the grant was taken back: ${refusal}`);
    }
  }

  /** Ends streams, and for an agent what it was enrolled as. Gives how many streams there were. */
  revoke(revocation: Revocation): number {
    const { agent, job, rank, resource } = revocation;
    const isMeant = (live: Live): boolean =>
      (agent === undefined || live.agent === agent) &&
      (job === undefined || live.job.name === job || live.job.id === job) &&
      (rank === undefined || live.rank === rank) &&
      (resource === undefined || live.resource === resource);
    const meant = [...this.#live].filter(isMeant);
    for (const live of meant) this.#cut(live, 'revoked');
    const unwanted = unwantedAgent(revocation);
    if (unwanted !== undefined) {
      this.#enrolments.revoke(unwanted);
      this.#agents.evict(unwanted, `agent ${unwanted} was revoked`);
    }
    return meant.length;
  }

  /** Ends what is left of a job's. */
  async leave(job: JobIdentity): Promise<void> {
    const left = [...this.#live].filter((live) => live.job.id === job.id);
    for (const live of left) this.#cut(live, 'the job is over');
    await Promise.all(left.map(({ stream }) => closed(stream)));
    this.#policy.forget(job);
  }

  status(): GatewayStatus {
    const streams = [...this.#live].map(({ job, rank, resource, agent, stream }) => ({
      job: job.name,
      rank,
      resource,
      agent,
      bytesUp: stream.bytesSent,
      bytesDown: stream.bytesReceived,
    }));
    const known = [...new Set([...this.#enrolments.agents, ...this.#policy.agents])];
    const { host, port } = this.address;
    return { listen: `${host}:${String(port)}`, pid: process.pid, agents: this.#agents.status(known), streams };
  }

  async close(): Promise<void> {
    const live = [...this.#live];
    for (const each of live) this.#cut(each, 'the gateway ends');
    await Promise.all(live.map(({ stream }) => closed(stream)));
    this.#agents.evictAll('the gateway ends');
    await this.#reception.close();
    this.#audit.close();
  }

  #watch(live: Live): void {
    const { job, rank, resource, agent, grant, stream } = live;
    const openedMs = performance.now();
    let reason = 'ended well';
    this.#live.add(live);
    stream.on('error', (error) => (reason = withoutCode(error.message)));
    stream.once('close', () => {
      this.#live.delete(live);
      const record = { job: job.name, jobId: job.id, rank, resource, agent, grant };
      const [bytesUp, bytesDown] = [stream.bytesSent, stream.bytesReceived];
      const durationMs = Math.round(performance.now() - openedMs);
      this.#write({ event: 'close', ...record, bytesUp, bytesDown, durationMs, reason });
    });
  }

  #cut({ stream, resource }: Live, why: string): void {
    stream.destroy(new TsmpiError('ERR_CONNECTOR', why, { where: resource }));
  }

  #checkAudit(): void {
    const { fault, path } = this.#audit;
    if (fault === null) return;
    throw new TsmpiError(
      'ERR_DENIED',
      `the audit log ${path} cannot be written (${fault}); nothing is opened without it`,
    );
  }

  #write(record: AuditRecord): void {
    const { fault } = this.#audit;
    if (this.#audit.write(record) || fault !== null) return;
    this.#log(
      `connectors: the audit log ${this.#audit.path} cannot be written: ${this.#audit.fault ?? ''}; no new streams`,
    );
  }
}

function closed(stream: CountedStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', () => resolve());
  });
}
