/**
 * Whether memory grows with use: mixed collectives, blocking and awaited, small and large, and the resident memory of
 * each sandbox along the way. The figure is the slope of a line through the second half of the samples, in bytes per
 * call, of the rank where it is steepest. `tsmpi bench soak`; by hand, with fewer calls:
 * `npx tsmpirun -n 4 benchmarks/soak.ts 10000`
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { world } from 'tsmpi';

const samplesMax = 200;
const { rank, size, sync } = world;

/** Of the sandbox, not of the garbage in it. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

type Call = () => unknown;

function mixed(elements: number): { calls: Call[]; check: () => boolean } {
  const [data, sum] = [new Float64Array(elements).fill(rank + 1), new Float64Array(elements)];
  const [pieces, all] = [new Uint8Array(elements * size).fill(rank), new Uint8Array(elements * size)];
  const piece = pieces.subarray(0, elements);
  const scattered = new Float64Array(elements);
  const long = new Float64Array(elements * size).fill(1);
  const total = (size * (size + 1)) / 2;
  const calls = [
    () => sync.allreduce(data, { into: sum }),
    () => sync.barrier(),
    () => sync.broadcast(rank === 0 ? data : undefined, { root: 0 }),
    () => sync.reduce(data, { root: size - 1, op: 'max' }),
    () => sync.allgather(piece, { into: all }),
    () => sync.alltoall(pieces, { into: all }),
    () => sync.reduceScatter(long, { into: scattered }),
    () => sync.scan(data),
    () => sync.gather({ rank, text: 'object' }, { root: 0 }),
    () => sync.allreduce(rank),
    () => world.allreduce(data, { into: sum }),
    () => world.barrier(),
    () => world.broadcast(rank === 1 % size ? data : undefined, { root: 1 % size }),
    () => world.exscan(data),
    () => world.scatter(rank === 0 ? pieces : undefined, { root: 0 }),
    () => world.allgather({ rank }),
  ];
  return { calls, check: () => sum.every((value) => value === total) };
}

const callsTotal = Number(process.argv[2] ?? 1_000_000);
const kinds = [1, 64, 2048].map(mixed);
const turns = kinds.flatMap(({ calls }) => calls);
const every = Math.max(1, Math.floor(callsTotal / samplesMax));
const samples: [calls: number, bytes: number][] = [];
const started = performance.now();
for (let call = 0; call < callsTotal; call += 1) {
  // Small ones most often, as in programs.
  const turn = turns[call % 8 === 7 ? call % turns.length : call % (turns.length / kinds.length)];
  const result = turn?.();
  if (result instanceof Promise) await result;
  if (call % every !== every - 1) continue;
  collectGarbage();
  samples.push([call, process.memoryUsage.rss()]);
}
const seconds = (performance.now() - started) / 1000;
sync.allreduce(new Float64Array(1));
if (kinds.some(({ calls, check }) => (calls[0]?.(), !check()))) world.abort(1, 'a wrong sum');

const steepest = sync.allreduce(slope(samples.slice(Math.floor(samples.length / 2))), { op: 'max' });
if (rank === 0) {
  report('growth of resident memory per call', 'B', steepest);
  report('calls', '', callsTotal);
  report('calls per second', '', callsTotal / seconds);
}

/** Of the straight line with the least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [middleX, middleY] = [mean(0), mean(1)];
  const across = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
  const along = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
  return along === 0 ? 0 : across / along;
}

function report(figure: string, unit: string, value: number): void {
  console.log(JSON.stringify({ figure, unit, value }));
}
