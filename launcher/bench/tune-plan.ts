/**
 * What `tsmpi bench tune` tries: algorithms of the mesh, each against the others, and sizes of the shared-memory forms.
 */
import { availableParallelism } from 'node:os';
import type { Collective } from '../../collectives/algorithm.ts';
import { algorithms } from '../../collectives/manifest.ts';
import { type SharedSizes, shippedSizes } from '../../collectives/shared/tuning.ts';
import type { Tuning } from '../../collectives/tuning.ts';
import { warmUpMsOf } from './plan.ts';

export interface TuneRequest {
  readonly ranks: readonly number[];
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** For a point, and its warm-up in processor time. */
  readonly budgetMs: number;
  readonly warmUpMs: number;
  /** Passed on to `tsmpirun`. */
  readonly launchWords: readonly string[];
}

/** Collectives with more than one algorithm for what the benchmark does, by the benchmark's names. */
export const tuned = {
  allreduce: 'allreduce',
  bcast: 'broadcast',
  reduce: 'reduce',
  allgather: 'allgather',
  alltoall: 'alltoall',
  reduce_scatter: 'reduceScatter',
  scan: 'scan',
} as const satisfies Record<string, Collective>;

export type TunedName = keyof typeof tuned;
export const tunedNames = Object.keys(tuned) as TunedName[];

export function candidatesOf(name: TunedName): readonly string[] {
  return algorithms[tuned[name]].map((algorithm) => algorithm.name);
}

/** Jobs that differ in nothing but their tuning. */
interface TrialBase {
  readonly what: string;
  readonly ranks: number;
  readonly sizes: readonly number[];
  /** For `tsmpirun`. */
  readonly words: readonly string[];
  readonly jobs: readonly TrialJob[];
}

/** One of them, and the calls that it measures. */
export interface TrialJob {
  readonly tuning: Partial<Pick<Tuning, 'algorithms' | 'shared'>>;
  readonly names: readonly TunedName[];
}

/** The first algorithm of each collective, then the second of those that have one, and so on. */
export interface AlgorithmTrial extends TrialBase {
  readonly size: null;
}

/** One of the shared sizes: the first job has what is shipped, those behind it `values`. */
export interface SizeTrial extends TrialBase {
  readonly size: keyof SharedSizes;
  readonly values: readonly number[];
}

export type Trial = AlgorithmTrial | SizeTrial;

/** All that is tried, in order. */
export function trialsOf({ ranks, sizes }: TuneRequest): Trial[] {
  return ranks.flatMap((count) => [algorithmTrial(count, sizes), ...sizeTrials(count)]);
}

function algorithmTrial(ranks: number, sizes: readonly number[]): AlgorithmTrial {
  const rivals = Math.max(...tunedNames.map((name) => candidatesOf(name).length));
  const jobs = Array.from({ length: rivals }, (_, at) => {
    const names = tunedNames.filter((name) => candidatesOf(name).length > at);
    const rules = names.map((name) => [tuned[name], [{ algorithm: candidatesOf(name)[at] }]] as const);
    return { names, tuning: { algorithms: Object.fromEntries(rules) } };
  });
  return {
    what: `algorithms on ${String(ranks)} ranks`,
    size: null,
    ranks,
    sizes,
    words: ['--no-shared-memory'],
    jobs,
  };
}

const KiB = 1024;
const large = [256 * KiB, 1024 * KiB, 4096 * KiB];
const tiles = [64, 128, 256, 512, 1024].map((count) => count * KiB);
const movers = { names: ['allreduce', 'bcast', 'reduce_scatter'], sizes: large } as const;

/** Of the sizes that bind at `ranks`. */
function sizeTrials(ranks: number): SizeTrial[] {
  if (ranks <= availableParallelism()) return [sizeTrial(ranks, 'tile', tiles, movers)];
  const values = [128, 512, 1024, 4096].map((count) => count * KiB);
  return [
    sizeTrial(ranks, ranks <= 8 ? 'crowdedTile' : 'manyRanksTile', tiles, movers),
    sizeTrial(ranks, 'onceMax', values, {
      names: ['allreduce', 'scan'],
      sizes: [16, 64, 128].map((count) => count * KiB),
    }),
  ];
}

function sizeTrial(
  ranks: number,
  size: keyof SharedSizes,
  all: readonly number[],
  { names, sizes }: { readonly names: readonly TunedName[]; readonly sizes: readonly number[] },
): SizeTrial {
  const values = all.filter((bytes) => bytes !== shippedSizes[size]);
  const jobs = [shippedSizes[size], ...values].map((bytes) => ({ names, tuning: { shared: { [size]: bytes } } }));
  return { what: `${size} on ${String(ranks)} ranks`, size, ranks, sizes, words: [], values, jobs };
}

/** What a job takes before it measures, and a rank adds to it: as measured on two cores. */
const [startMs, startMsPerRank] = [250, 65];
/** Warm-ups go on while calls become faster. */
const warmUps = 2.5;

/** How long the trials that are left will take: by what was foreseen of them, and how that came out so far. */
export class Remaining {
  readonly #request: TuneRequest;
  readonly #began = performance.now();
  #leftMs: number;
  #endedMs = 0;

  constructor(trials: readonly Trial[], request: TuneRequest) {
    this.#request = request;
    const each = trials.flatMap((trial) => trial.jobs.map((job) => this.#foreseenMs(trial, job)));
    this.#leftMs = request.rounds * each.reduce((sum, ms) => sum + ms, 0);
  }

  ended(trial: Trial, job: TrialJob): void {
    const foreseen = this.#foreseenMs(trial, job);
    this.#leftMs -= foreseen;
    this.#endedMs += foreseen;
  }

  text(): string {
    const factor = this.#endedMs === 0 ? 1 : (performance.now() - this.#began) / this.#endedMs;
    const seconds = (this.#leftMs * factor) / 1000;
    return seconds < 100
      ? `about ${String(Math.ceil(seconds / 10) * 10)} s left`
      : `about ${String(Math.round(seconds / 60))} min left`;
  }

  #foreseenMs({ ranks, sizes }: Trial, { names }: TrialJob): number {
    const points = names.length * sizes.length;
    return (
      startMs + startMsPerRank * ranks + points * (this.#request.budgetMs + warmUps * warmUpMsOf(ranks, this.#request))
    );
  }
}
