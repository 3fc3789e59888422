/**
 * What a sandbox holds once all ranks are up and have spoken with each other: its proportional share of memory (pages
 * that several processes share count by their part) and its open sockets. `tsmpi bench footprint` sets it against as
 * many plain nodes; by hand: `npx tsmpirun -n 8 benchmarks/footprint.ts`
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { world } from 'tsmpi';

await world.allreduce(1);
const memory = mebibytes(readFileSync('/proc/self/smaps_rollup', 'utf8'));
const sockets = readdirSync('/proc/self/fd').filter((name) => linkOf(name).startsWith('socket:')).length;
const all = await world.gather([memory, sockets], { root: 0 });
if (all !== undefined) {
  report('memory of a sandbox', 'MiB', mean(all.map(([each = 0]) => each)));
  report('sockets of a sandbox', '', mean(all.map(([, each = 0]) => each)));
}

function mebibytes(rollup: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) / 1024;
}

/** Empty for a descriptor that was only open to list the others. */
function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return '';
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function report(figure: string, unit: string, value: number): void {
  console.log(JSON.stringify({ figure, unit, value }));
}
