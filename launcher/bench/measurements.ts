/**
 * What `tsmpi bench` can measure: OSU's measurements under their names, and what a job costs beside its calls.
 */
export interface Measurement {
  readonly name: string;
  /** For the help and the reports. */
  readonly what: string;
  /** On how many ranks it makes sense. */
  readonly ranks: 'two' | 'even' | 'any';
  /** Ranks unless others are asked for. */
  readonly usualRanks: readonly number[];
  /** Rounds at most; absent: as many as are asked for. */
  readonly rounds?: number;
  /** Sizes measured unless others are asked for; empty where messages have no size. */
  readonly sizes: string;
  /** What a size must be a multiple of, in bytes. */
  readonly elementBytes: 1 | 8;
  /** Buffers of one size that each of so many ranks has. */
  readonly buffers: (ranks: number) => number;
  /** Time is then of one message in a stream of them, and bandwidth is shown. */
  readonly isStream: boolean;
  /** Its job, in `benchmarks/`. */
  readonly script: string;
  /** What its job prints: samples of times; nothing, its duration is the sample; or figures of its own. */
  readonly gives: 'samples' | 'duration' | 'figures';
}

const usualRanks = [2, 4, 8, 32];
const pair = {
  ranks: 'two',
  usualRanks: [2],
  sizes: '8:16M',
  elementBytes: 1,
  buffers: () => 2,
  isStream: true,
} as const;
const collective = {
  ranks: 'any',
  usualRanks,
  sizes: '8:4M',
  elementBytes: 1,
  buffers: () => 2,
  isStream: false,
} as const;
const sum = { ...collective, elementBytes: 8 } as const;
const osu = { gives: 'samples', script: 'osu/job.ts' } as const;
const whole = { ...collective, sizes: '', buffers: () => 0 } as const;
const figures = { ...whole, gives: 'figures' } as const;

export const measurements: readonly Measurement[] = [
  { name: 'latency', what: 'half a round trip', ...pair, isStream: false, sizes: '8:4M', ...osu },
  { name: 'bw', what: 'one of a window of messages one way', ...pair, ...osu },
  { name: 'bibw', what: 'one of two windows of messages, both ways at once', ...pair, ...osu },
  {
    name: 'mbw_mr',
    what: 'one of a window of messages, in all pairs at once',
    ...pair,
    ranks: 'even',
    usualRanks,
    ...osu,
  },
  { name: 'allreduce', what: 'sum of doubles, for all', ...sum, sizes: '8:64M', ...osu },
  { name: 'bcast', what: 'bytes of rank 0, for all', ...collective, ...osu },
  { name: 'reduce', what: 'sum of doubles, for rank 0', ...sum, ...osu },
  {
    name: 'allgather',
    what: 'a piece of each, for all',
    ...collective,
    sizes: '8:1M',
    buffers: (ranks) => 1 + ranks,
    ...osu,
  },
  {
    name: 'alltoall',
    what: 'a piece of each for each',
    ...collective,
    sizes: '8:1M',
    buffers: (ranks) => 2 * ranks,
    ...osu,
  },
  { name: 'reduce_scatter', what: 'sum of doubles, a piece for each', ...sum, ...osu },
  { name: 'scan', what: 'sum of doubles over the ranks up to each', ...sum, ...osu },
  {
    name: 'barrier',
    what: 'nobody goes on before all are here',
    ...collective,
    sizes: '',
    buffers: () => 0,
    ...osu,
  },
  { name: 'init', what: 'an empty job, from command to exit', ...whole, gives: 'duration', script: 'osu/empty.ts' },
  { name: 'idle', what: 'processor time of blocked ranks', ...figures, usualRanks: [32], script: 'idle.ts' },
  {
    name: 'footprint',
    what: 'memory and sockets of a sandbox',
    ...figures,
    usualRanks: [8, 32],
    script: 'footprint.ts',
  },
  { name: 'soak', what: 'growth of memory over many calls', ...figures, usualRanks: [4], rounds: 1, script: 'soak.ts' },
];

/** What is measured when no name is given. */
export const usualNames = measurements.filter(({ gives }) => gives !== 'figures').map(({ name }) => name);

/** On how many ranks: of those asked for, the ones that make sense. */
export function ranksOf({ ranks, usualRanks }: Measurement, asked: readonly number[] = usualRanks): readonly number[] {
  if (ranks === 'two') return [2];
  return ranks === 'any' ? asked : asked.filter((count) => count % 2 === 0);
}
