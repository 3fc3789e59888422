/**
 * What `tsmpi bench tune` tries: algorithms of the mesh, each against the others, and sizes of the shared-memory forms.
 */
import { availableParallelism } from 'node:os';
import type { Collective } from '../../collectives/algorithm.ts';
import { algorithms } from '../../collectives/manifest.ts';
import type { SharedSizes } from '../../collectives/shared/tuning.ts';

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

/** Values of one of the shared sizes, and the calls that show which is best. */
export interface SizeTrial {
  readonly size: keyof SharedSizes;
  readonly ranks: number;
  readonly values: readonly number[];
  readonly names: readonly TunedName[];
  readonly sizes: readonly number[];
}

const KiB = 1024;
const large = [256 * KiB, 1024 * KiB, 4096 * KiB];
const tiles = [64, 128, 256, 512, 1024].map((count) => count * KiB);

/** Those that bind at `ranks`. */
export function sizeTrials(ranks: number): SizeTrial[] {
  const movers = { ranks, names: ['allreduce', 'bcast', 'reduce_scatter'], sizes: large } as const;
  if (ranks <= availableParallelism()) return [{ ...movers, size: 'tile', values: tiles }];
  const values = [128, 512, 1024, 4096].map((count) => count * KiB);
  return [
    { ...movers, size: ranks <= 8 ? 'crowdedTile' : 'manyRanksTile', values: tiles },
    { ranks, size: 'onceMax', values, names: ['allreduce', 'scan'], sizes: [16, 64, 128].map((count) => count * KiB) },
  ];
}
