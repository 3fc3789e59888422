/**
 * How long blocking collectives take, one after another, for `docs/BENCHMARKS.md` (two levels): collective, bytes,
 * median of the slowest rank in microseconds.
 */
import { world } from 'tsmpi';

const { rank, size, sync } = world;
const secondsPerPoint = 0.2;
const callsAtOnce = 5;

const calls: Readonly<Record<string, (data: Float64Array) => () => unknown>> = {
  allreduce: (data) => () => sync.allreduce(data),
  broadcast: (data) => () => sync.broadcast(data),
  reduce: (data) => () => sync.reduce(data),
  barrier: () => () => {
    sync.barrier();
  },
  allgather: (data) => () => sync.allgather(data),
  reduceScatter: (data) => () => sync.reduceScatter(data),
  scan: (data) => () => sync.scan(data),
};

function median(call: () => unknown): number {
  const times: number[] = [];
  const until = performance.now() + secondsPerPoint * 1000;
  sync.barrier();
  do {
    for (let turn = 0; turn < callsAtOnce; turn += 1) {
      const start = performance.now();
      call();
      times.push(performance.now() - start);
    }
  } while (sync.allreduce(performance.now() > until ? 1 : 0, { op: 'max' }) === 0);
  // The first third is warm-up.
  const counted = times.slice(Math.floor(times.length / 3)).sort((a, b) => a - b);
  return sync.allreduce(counted[Math.floor(counted.length / 2)] ?? 0, { op: 'max' });
}

for (const [name, make] of Object.entries(calls)) {
  for (const bytes of name === 'barrier' ? [8] : [8, 4096, 65_536, 1_048_576]) {
    const length = name === 'reduceScatter' ? Math.max(size, bytes / 8) : bytes / 8;
    const milliseconds = median(make(new Float64Array(length)));
    if (rank === 0) console.log(name, bytes, Math.round(milliseconds * 1000));
  }
}
