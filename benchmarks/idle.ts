/**
 * What a blocked rank costs: the processor time of its whole sandbox while it waits two seconds for a message, in a
 * blocking call and in an awaited one. `tsmpi bench idle`; by hand: `npx tsmpirun -n 32 benchmarks/idle.ts`
 */
import { setTimeout as after } from 'node:timers/promises';
import { world } from 'tsmpi';

const waitMs = 2000;
const { rank, size, sync } = world;

for (const mode of ['sync', 'async'] as const) {
  const message = new Uint8Array(8);
  await world.barrier();
  const [start, before] = [performance.now(), process.cpuUsage()];
  if (rank === 0) {
    await after(waitMs);
    for (let dest = 1; dest < size; dest += 1) await world.send(message, { dest });
  } else if (mode === 'sync') sync.recv({ source: 0, into: message });
  else await world.recv({ source: 0, into: message });
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1000 / (performance.now() - start);
  const shares = await world.gather(share, { root: 0 });
  if (shares === undefined) continue;
  const waiting = shares.slice(1).sort((left, right) => left - right);
  const [middle, most] = [waiting[Math.floor(waiting.length / 2)] ?? 0, waiting[waiting.length - 1] ?? 0];
  report(mode, 'of a core, a blocked rank in the middle', middle * 100);
  report(mode, 'of a core, the busiest blocked rank', most * 100);
}

function report(mode: string, figure: string, value: number): void {
  console.log(JSON.stringify({ mode, figure, unit: '%', value }));
}
