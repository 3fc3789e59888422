/**
 * Ranks that the ranks of a job start while it runs. What one asks for is made ready: bundled, its sandboxes started,
 * joined and connected. Then the rank that asked starts it, once all that spawn with it know; until then it can be
 * taken back, and nothing of the program has run.
 */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { startTimeoutMs } from '../../runtime/core/limits.ts';
import type { Ask, SpawnRequest } from '../../runtime/rendezvous/options.ts';
import type { RendezvousService } from '../../runtime/rendezvous/service.ts';
import { type JobSpec, sizeOf } from '../job-spec.ts';
import type { AskTaker } from './job-options.ts';
import type { Member } from './member.ts';
import { pathsOf } from './paths.ts';
import { programOfRanks } from './placement.ts';
import { type Plan, planOf } from './plan.ts';
import { lateness } from './report.ts';
import { bundleFor, type Ground, startSandbox } from './start-sandbox.ts';
import { World } from './world.ts';

export interface SpawnerParts extends Ground {
  readonly service: RendezvousService;
  readonly member: Member;
  /** The job's own world. */
  readonly first: Plan;
}

/** What was asked for and has not begun. */
interface Preparation {
  readonly script: string;
  world: World | null;
  isReady: boolean;
  /** Ends the wait for its sandboxes. */
  fail: (why: string) => void;
  /** Why it cannot begin. */
  lost: string | null;
}

export class Spawner implements AskTaker {
  readonly #parts: SpawnerParts;
  /** By rank, then by the number that the rank gave it. */
  readonly #asked = new Map<number, Map<number, Preparation>>();
  /** By rank: its program. */
  readonly #scripts = new Map<number, string>();
  readonly #underway = new Set<Promise<void>>();
  #spawns = 0;

  constructor(parts: SpawnerParts) {
    this.#parts = parts;
    const { programs } = parts.spec;
    const ranks = parts.first.places.flatMap((place) => place.ranks);
    for (const [nth, program] of programOfRanks(programs).entries()) {
      this.#scripts.set(ranks[nth] ?? -1, programs[program]?.script ?? '');
    }
  }

  asked({ rank, number, request }: Ask): void {
    const own = this.#asked.get(rank) ?? new Map<number, Preparation>();
    this.#asked.set(rank, own);
    if ('spawn' in request) {
      if (own.has(number)) return;
      const underway = this.#prepare(rank, number, request.spawn).finally(() => this.#underway.delete(underway));
      this.#underway.add(underway);
      return;
    }
    const preparation = own.get(number);
    if (preparation === undefined) return;
    own.delete(number);
    const { world, isReady, lost } = preparation;
    if (!('start' in request) || !isReady || world === null) this.#drop(preparation, 'it was taken back');
    else if (lost === null) this.#parts.job.begin(world, preparation.script);
    else this.#miss(preparation, world.ranks, lost);
  }

  over(rank: number): void {
    const own = this.#asked.get(rank);
    this.#asked.delete(rank);
    for (const preparation of own?.values() ?? []) this.#drop(preparation, 'the rank that asked for it is over');
  }

  /** Resolves when nothing is written or started any more. To be called once the job is over. */
  async settled(): Promise<void> {
    for (const rank of [...this.#asked.keys()]) this.over(rank);
    await Promise.all(this.#underway);
  }

  async #prepare(rank: number, number: number, request: SpawnRequest): Promise<void> {
    const { job, service } = this.#parts;
    const caller = this.#scripts.get(rank);
    // The launching program is no script of the job's.
    const script = resolve(caller === undefined ? this.#parts.spec.cwd : dirname(caller), request.script);
    const preparation: Preparation = { script, world: null, isReady: false, fail: () => undefined, lost: null };
    this.#asked.get(rank)?.set(number, preparation);
    try {
      const firstRank = await this.#make(preparation, request);
      // Known to be connected, and not yet started: it may still be lost.
      preparation.fail = (why) => {
        this.#drop(preparation, why);
      };
      preparation.isReady = true;
      service.answer({ rank, number, result: { firstRank } });
    } catch (error) {
      this.#drop(preparation, '');
      this.#asked.get(rank)?.delete(number);
      const words = error instanceof Error ? error.message.replace(/^\[ERR_LAUNCH\] /, '') : String(error);
      if (!job.ending) service.answer({ rank, number, result: { code: 'ERR_LAUNCH', words } });
    }
  }

  /** The number of its first rank, once its sandboxes are connected. */
  async #make(preparation: Preparation, request: SpawnRequest): Promise<number> {
    const { script } = preparation;
    const { area, backend, connectors, job, listener, mesh, service } = this.#parts;
    if (statSync(script, { throwIfNoEntry: false })?.isFile() !== true) {
      throw new Error(`there is no file ${script}; a relative path counts from the folder of the program that spawns`);
    }
    this.#spawns += 1;
    const number = this.#spawns;
    const spec: JobSpec = {
      ...this.#parts.spec,
      programs: [{ script, ranks: request.ranks, args: request.args }],
      stdin: 'none',
      tellsForms: false,
    };
    const outDirectory = join(area.bundles, `spawn${String(number)}`);
    const bundle = await bundleFor(spec, script, outDirectory);
    const { parents, communicator } = request;
    const size = sizeOf(spec.programs);
    const free = mesh.take(size, Math.ceil(size / spec.ranksPerSandbox));
    const paths = pathsOf(spec, backend, area, `segment${String(number)}`);
    // A rank that uses its links itself does so from the start; those to other worlds come later.
    const own = { ...paths, bareLinks: null };
    const parent = { communicator, ranks: parents };
    const means = { mesh, jobId: job.id, area, listener, ranksBefore: mesh.ranks, connectors };
    const plan = planOf(spec, { ...means, bundles: [bundle], paths: own, free, parent });
    await mesh.directory.hand(outDirectory);
    if (paths.segment !== null) await mesh.directory.hand(paths.segment.path);
    if (preparation.lost !== null || job.ending) throw new Error('the job ends');
    await this.#connected(preparation, plan, number, () => {
      service.expect(plan.expected, plan.links);
      for (const place of plan.places) {
        for (const rank of place.ranks) this.#scripts.set(rank, script);
        void startSandbox(place, plan, { ...this.#parts, spec });
      }
    });
    return free.rank;
  }

  /** Resolves when all sandboxes of the world that `start` starts are connected. */
  #connected(preparation: Preparation, plan: Plan, number: number, start: () => void): Promise<void> {
    const { job } = this.#parts;
    return new Promise<void>((resolve, reject) => {
      const world = new World(number, plan.places, {
        ready: () => {
          clearTimeout(late);
          resolve();
        },
        lost: (why) => {
          preparation.fail(why);
        },
      });
      const late = setTimeout(() => {
        world.lose(lateness(world, (rank) => String(rank - (world.ranks[0] ?? 0))));
      }, startTimeoutMs);
      preparation.fail = (why) => {
        clearTimeout(late);
        reject(new Error(why));
      };
      preparation.world = world;
      job.sandboxes.expect(world);
      this.#parts.mesh.expect(this.#parts.member, world.sandboxes);
      start();
    });
  }

  #drop(preparation: Preparation, why: string): void {
    if (preparation.lost !== null) return;
    preparation.lost = why;
    preparation.fail(why);
    if (preparation.world !== null) this.#parts.job.drop(preparation.world);
  }

  /** It is to begin, and was lost after all had been told that it is ready. */
  #miss({ script }: Preparation, ranks: readonly number[], why: string): void {
    const { job, service, spec } = this.#parts;
    if (spec.onFailure === 'abort') job.end({ kind: 'launch', detail: `${script} did not begin: ${why}` });
    else service.failed({ ranks, reason: why });
  }
}
