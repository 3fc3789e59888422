/**
 * From what was asked to the runs that a bench is made of.
 */
import { availableParallelism } from 'node:os';
import { freemem } from 'node:os';
import type { PeerName } from './peers.ts';
import { measurements, type Measurement, ranksOf } from './measurements.ts';
import { parseSizes, sizeText } from './sizes.ts';

/** What a bench was asked for; everything decided. */
export interface BenchRequest {
  readonly names: readonly string[];
  /** Absent: each measurement's own; so too for the sizes. */
  readonly ranks?: readonly number[];
  readonly sizes?: readonly number[];
  readonly modes: readonly ('sync' | 'async')[];
  readonly memories: readonly ('plain' | 'alloc')[];
  readonly peers: readonly PeerName[];
  /** How often each contender runs; between two runs of one all others run. */
  readonly rounds: number;
  /** What one point may take in one round, warm-up not included. */
  readonly budgetMs: number;
  /** Processor time that each rank gets to warm up before each point. */
  readonly warmUpMs: number;
  /** Of `soak`. */
  readonly calls: number;
  /** Passed on to `tsmpirun`, before the number of ranks. */
  readonly launchWords: readonly string[];
}

/** One measurement on so many ranks: a job for each contender in each round. */
export interface Run {
  readonly measurement: Measurement;
  readonly ranks: number;
  readonly sizes: readonly number[];
}

export interface Plan {
  readonly runs: readonly Run[];
  readonly notes: readonly string[];
}

/** Of the free memory, what a job's buffers may fill: ours, a twin's copies of them, and the segment. */
const memoryShare = 1 / 3;

export function planOf(request: BenchRequest): Plan {
  const runs: Run[] = [];
  const notes: string[] = [];
  for (const measurement of measurements.filter(({ name }) => request.names.includes(name))) {
    const asked = request.sizes ?? parseSizes(measurement.sizes) ?? [];
    const usable = measurement.sizes === '' ? [0] : [...new Set(asked.map((bytes) => fitting(measurement, bytes)))];
    for (const ranks of ranksOf(measurement, request.ranks)) {
      const limitBytes = freemem() * memoryShare;
      const sizes = usable.filter((bytes) => bytes * measurement.buffers(ranks) * ranks <= limitBytes);
      const [tooLarge] = usable.filter((bytes) => !sizes.includes(bytes));
      if (tooLarge !== undefined) {
        const where = `${measurement.name} on ${String(ranks)} ranks`;
        notes.push(`${where}: no messages of ${sizeText(tooLarge)} and more; their buffers would fill the memory`);
      }
      if (sizes.length > 0) runs.push({ measurement, ranks, sizes });
    }
  }
  return { runs, notes };
}

/** Whole elements, at least one. */
function fitting({ elementBytes }: Measurement, bytes: number): number {
  return elementBytes === 1 ? bytes : Math.max(elementBytes, Math.ceil(bytes / elementBytes) * elementBytes);
}

/** By the clock: where many ranks share a core, each gets its part of it. */
export function warmUpMsOf(ranks: number, { warmUpMs }: { readonly warmUpMs: number }): number {
  return Math.ceil(warmUpMs * Math.max(1, ranks / availableParallelism()));
}
