/**
 * One of OSU's measurements in this job: a line of JSON for every mode, kind of memory and size. `tsmpi bench` runs it;
 * by hand: `npx tsmpirun -n 2 benchmarks/osu/job.ts latency 100 50 sync,async plain 8,1024`
 */
import { world } from 'tsmpi';
import { release, reserve } from './arena.ts';
import { collectives } from './collectives.ts';
import type { Kernel, Memory } from './kernel.ts';
import { measure, warmUp } from './measure.ts';
import { bibw, bw, latency, mbwMr } from './point-to-point.ts';

const builds: Readonly<Record<string, (memory: Memory, bytes: number) => Kernel>> = {
  latency,
  bw,
  bibw,
  mbw_mr: mbwMr,
  ...collectives,
};

/** Before the first size of each mode and memory, beside the warm-up of every size. */
const firstWarmUps = 3;

const { rank, size, sync } = world;

async function main(words: readonly string[]): Promise<void> {
  const [name = '', budget = '', warming = '', modes = '', memories = '', sizes = ''] = words;
  const build = builds[name];
  const times = { budgetMs: Number(budget), warmUpMs: Number(warming) };
  if (build === undefined || !(times.budgetMs > 0) || !(times.warmUpMs > 0) || sizes === '') {
    throw new Error(
      'usage: job.ts NAME MILLISECONDS WARM-UP sync,async plain,alloc BYTES,…; see the head of this file',
    );
  }
  const all = sizes.split(',').map(Number);
  for (const memory of memories.split(',').filter((word) => word === 'plain' || word === 'alloc')) {
    const possible = memory === 'plain' ? all : await allocatable(name, all);
    for (const mode of modes.split(',').filter((word) => word === 'sync' || word === 'async')) {
      for (const [at, bytes] of possible.entries()) {
        release();
        const kernel = build(memory, bytes);
        // What all sizes share is compiled at the first one.
        if (at === 0) await warmUp(kernel, mode, times.warmUpMs * firstWarmUps);
        report({ mode, memory, bytes, ...(await measure(kernel, mode, times)) });
        sync.barrier();
      }
    }
  }
}

/** The sizes whose arrays `world.alloc` gives; the others are reported. */
async function allocatable(name: string, sizes: readonly number[]): Promise<readonly number[]> {
  const buffers = name === 'allgather' ? 1 + size : name === 'alltoall' ? 2 * size : 2;
  const rising = [...sizes].sort((left, right) => left - right);
  for (;;) {
    const largest = rising[rising.length - 1];
    if (largest === undefined || (await reserve(buffers * largest))) return rising;
    report({ lacking: 'space', bytes: largest });
    rising.pop();
  }
}

function report(line: Readonly<Record<string, unknown>>): void {
  if (rank === 0)
    console.log(JSON.stringify(line, (_, value: unknown) => (isFraction(value) ? rounded(value) : value)));
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && !Number.isInteger(value);
}

/** To the picosecond. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

await main(process.argv.slice(2));
