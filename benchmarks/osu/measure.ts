/**
 * Times one kernel the way the twins in `benchmarks/peers` do: warm up, agree on how many calls make a sample and how
 * many samples fit, take them, check the results.
 */
import { world } from 'tsmpi';
import type { Kernel } from './kernel.ts';

export interface Measured {
  /** Calls in each sample. */
  readonly calls: number;
  /** Nanoseconds of one call (of one message, where a call holds several), each the mean of one sample. */
  readonly samples: readonly number[];
}

/** A sample lasts at least so long: the clock's own cost and resolution are then below a hundredth of it. */
const sampleNsMin = 10_000;
const samplesMax = 1000;
const samplesMin = 5;
const callsMax = 10_000;
/** The calls between two looks at the clock become more until they take so much of the warm-up. */
const warmUpShare = 1 / 8;
/** It goes on while calls become faster: until so many quarters of it left them at more than so much of the best. */
const quarter = 1 / 4;
const steadyQuarters = 3;
const stillFaster = 0.95;
/** But no longer than so many times what was asked. */
const warmUpsMax = 8;

const { rank, size, sync } = world;

/** Milliseconds for one point. */
export interface Times {
  readonly budgetMs: number;
  /** In it all ranks must find the time to compile what they run, however few cores they share. */
  readonly warmUpMs: number;
}

/** Collective. Rank 0 gets what was measured; a rank with a wrong result ends the job. */
export async function measure(
  kernel: Kernel,
  mode: 'sync' | 'async',
  { budgetMs, warmUpMs }: Times,
): Promise<Measured> {
  const callNs = await warmUp(kernel, mode, warmUpMs);
  const budgetNs = budgetMs * 1e6;
  const sampleNs = Math.max(sampleNsMin, budgetNs / samplesMax);
  const calls = kernel.spaced ? 1 : agreed(Math.min(callsMax, Math.max(1, Math.round(sampleNs / callNs))));
  const samples = agreed(Math.max(samplesMin, Math.min(samplesMax, Math.round(budgetNs / (calls * callNs)))));
  const taken = new Float64Array(samples);
  sync.barrier();
  if (mode === 'sync') take(kernel, calls, taken);
  else await takeAwaited(kernel, calls, taken);
  const clockNs = clockCostNs();
  for (const [index, ns] of taken.entries()) {
    taken[index] = Math.max(0, ns - clockNs) / (calls * kernel.parts);
  }
  await check(kernel, mode);
  if (kernel.timed === 'root') return { calls, samples: [...taken] };
  const sum = sync.reduce(taken, { op: 'sum', root: 0 });
  return { calls, samples: [...(sum ?? taken)].map((ns) => ns / size) };
}

/** Fills `taken` with samples. Between blocking calls no task of the event loop runs, as there is none in the twins. */
function take(kernel: Kernel, calls: number, taken: Float64Array): void {
  const { spaced } = kernel;
  for (let index = 0; index < taken.length; index += 1) {
    const start = performance.now();
    kernel.sync(calls);
    taken[index] = (performance.now() - start) * 1e6;
    if (spaced) sync.barrier();
  }
}

async function takeAwaited(kernel: Kernel, calls: number, taken: Float64Array): Promise<void> {
  for (let index = 0; index < taken.length; index += 1) {
    const start = performance.now();
    await kernel.async(calls);
    taken[index] = (performance.now() - start) * 1e6;
    if (kernel.spaced) await world.barrier();
  }
}

/**
 * Collective. Calls for `warmUpMs`, and on while they become faster: V8 compiles in every rank for itself, at times of
 * its own. Gives the nanoseconds of one call among the last.
 */
export async function warmUp(kernel: Kernel, mode: 'sync' | 'async', warmUpMs: number): Promise<number> {
  const begin = performance.now();
  let best = Number.POSITIVE_INFINITY;
  let [windowMs, windowCalls, steady] = [0, 0, 0];
  for (let calls = 1; ; ) {
    sync.barrier();
    const start = performance.now();
    if (!kernel.spaced) await run(kernel, mode, calls);
    // The very loop that is timed later: it must be compiled too.
    else if (mode === 'sync') take(kernel, 1, new Float64Array(calls));
    else await takeAwaited(kernel, 1, new Float64Array(calls));
    const [spentMs, tookMs] = [agreed(performance.now() - begin), agreed(performance.now() - start)];
    [windowMs, windowCalls] = [windowMs + tookMs, windowCalls + calls];
    if (windowMs >= warmUpMs * quarter) {
      const mean = windowMs / windowCalls;
      steady = mean > best * stillFaster ? steady + 1 : 0;
      const isOver = steady >= steadyQuarters && spentMs >= warmUpMs;
      if (isOver || spentMs >= warmUpMs * warmUpsMax) return Math.max(1, mean * 1e6);
      best = Math.min(best, mean);
      [windowMs, windowCalls] = [0, 0];
    }
    if (tookMs < warmUpMs * warmUpShare) calls *= 2;
  }
}

/** A wrong answer is not fast: the results of the timed calls, and once more into spoiled arrays. */
async function check(kernel: Kernel, mode: 'sync' | 'async'): Promise<void> {
  refuse(kernel.fault());
  kernel.spoil();
  sync.barrier();
  await run(kernel, mode, 1);
  refuse(kernel.fault());
  sync.barrier();
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) world.abort(1, `wrong result on rank ${String(rank)}: ${fault}`);
}

async function run(kernel: Kernel, mode: 'sync' | 'async', calls: number): Promise<void> {
  if (mode === 'sync') kernel.sync(calls);
  else await kernel.async(calls);
}

/** Rank 0's value, everywhere. */
function agreed(value: number): number {
  return sync.broadcast(Float64Array.of(value), { root: 0 })[0] ?? value;
}

/** What reading the clock adds to a sample: the least of many. */
function clockCostNs(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 1000; turn += 1) {
    const start = performance.now();
    least = Math.min(least, performance.now() - start);
  }
  return least * 1e6;
}
