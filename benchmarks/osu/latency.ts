/**
 * One-way latency between two ranks, as OSU's osu_latency measures it: half the time of a round trip, the median of
 * many, for messages of 0 B to 1 MiB, blocking and awaited. `npx tsmpirun -n 2 benchmarks/osu/latency.ts`
 */
import { world } from 'tsmpi';

const sizesBytes = [0, 8, 64, 1024, 4096, 16_384, 65_536, 1_048_576];
const warmUps = 20;
const { rank, size, sync } = world;
const peer = 1 - rank;

/** Round trips measured: fewer where each takes long. */
function rounds(bytes: number): number {
  return bytes > 65_536 ? 50 : 300;
}

function median(values: number[]): number {
  values.sort((left, right) => left - right);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}

function blocking(bytes: number): number {
  const [out, into] = [new Uint8Array(bytes).fill(rank + 1), new Uint8Array(bytes)];
  const oneWayMicroseconds: number[] = [];
  for (let round = -warmUps; round < rounds(bytes); round += 1) {
    const start = performance.now();
    if (rank === 0) sync.send(out, { dest: peer });
    sync.recv({ source: peer, into });
    if (rank === 1) sync.send(out, { dest: peer });
    if (round >= 0) oneWayMicroseconds.push(((performance.now() - start) * 1000) / 2);
  }
  check(into);
  return median(oneWayMicroseconds);
}

async function awaited(bytes: number): Promise<number> {
  const [out, into] = [new Uint8Array(bytes).fill(rank + 1), new Uint8Array(bytes)];
  const oneWayMicroseconds: number[] = [];
  for (let round = -warmUps; round < rounds(bytes); round += 1) {
    const start = performance.now();
    if (rank === 0) await world.send(out, { dest: peer });
    await world.recv({ source: peer, into });
    if (rank === 1) await world.send(out, { dest: peer });
    if (round >= 0) oneWayMicroseconds.push(((performance.now() - start) * 1000) / 2);
  }
  check(into);
  return median(oneWayMicroseconds);
}

/** A wrong answer is not fast. */
function check(received: Uint8Array): void {
  if (received.some((byte) => byte !== peer + 1)) world.abort(1, 'a message arrived changed');
}

if (size !== 2) {
  if (rank === 0)
    console.error(`latency needs 2 ranks, not ${String(size)}: npx tsmpirun -n 2 benchmarks/osu/latency.ts`);
  process.exit(2);
}
if (rank === 0) console.log('     bytes   blocking µs    awaited µs');
for (const bytes of sizesBytes) {
  const [sync, async] = [blocking(bytes), await awaited(bytes)];
  const columns = [String(bytes).padStart(10), sync.toFixed(1).padStart(14), async.toFixed(1).padStart(14)];
  if (rank === 0) console.log(columns.join(''));
}
