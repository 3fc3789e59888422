/**
 * What `tsmpi bench` can measure: OSU's measurements under their names.
 */
export interface Measurement {
  readonly name: string;
  /** For the help and the reports. */
  readonly what: string;
  /** On how many ranks it makes sense. */
  readonly ranks: 'two' | 'even' | 'any';
  /** Sizes measured unless others are asked for; empty where messages have no size. */
  readonly sizes: string;
  /** What a size must be a multiple of, in bytes. */
  readonly elementBytes: 1 | 8;
  /** Buffers of one size that each of so many ranks has. */
  readonly buffers: (ranks: number) => number;
  /** Time is then of one message in a stream of them, and bandwidth is shown. */
  readonly isStream: boolean;
  /** How it is measured: a loop inside the job, or the job from command to exit. */
  readonly timed: 'inside' | 'outside';
}

const pair = { ranks: 'two', sizes: '8:16M', elementBytes: 1, buffers: () => 2, isStream: true } as const;
const collective = { ranks: 'any', sizes: '8:4M', elementBytes: 1, buffers: () => 2, isStream: false } as const;
const sum = { ...collective, elementBytes: 8 } as const;
const inside = { timed: 'inside' } as const;

export const measurements: readonly Measurement[] = [
  { name: 'latency', what: 'half a round trip', ...pair, isStream: false, sizes: '8:4M', ...inside },
  { name: 'bw', what: 'one of a window of messages one way', ...pair, ...inside },
  { name: 'bibw', what: 'one of two windows of messages, both ways at once', ...pair, ...inside },
  { name: 'mbw_mr', what: 'one of a window of messages, in all pairs at once', ...pair, ranks: 'even', ...inside },
  { name: 'allreduce', what: 'sum of doubles, for all', ...sum, sizes: '8:64M', ...inside },
  { name: 'bcast', what: 'bytes of rank 0, for all', ...collective, ...inside },
  { name: 'reduce', what: 'sum of doubles, for rank 0', ...sum, ...inside },
  {
    name: 'allgather',
    what: 'a piece of each, for all',
    ...collective,
    sizes: '8:1M',
    buffers: (ranks) => 1 + ranks,
    ...inside,
  },
  {
    name: 'alltoall',
    what: 'a piece of each for each',
    ...collective,
    sizes: '8:1M',
    buffers: (ranks) => 2 * ranks,
    ...inside,
  },
  { name: 'reduce_scatter', what: 'sum of doubles, a piece for each', ...sum, ...inside },
  { name: 'scan', what: 'sum of doubles over the ranks up to each', ...sum, ...inside },
  {
    name: 'barrier',
    what: 'nobody goes on before all are here',
    ...collective,
    sizes: '',
    buffers: () => 0,
    ...inside,
  },
  {
    name: 'init',
    what: 'an empty job, from command to exit',
    ...collective,
    sizes: '',
    buffers: () => 0,
    timed: 'outside',
  },
];

/** Ranks of `asked` on which it makes sense; its own where none does. */
export function ranksOf({ ranks }: Measurement, asked: readonly number[]): readonly number[] {
  if (ranks === 'two') return [2];
  return ranks === 'any' ? asked : asked.filter((count) => count % 2 === 0);
}
