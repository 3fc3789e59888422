/**
 * Measures a tuning: jobs that differ in nothing but the tuning they are given, in turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collective } from '../../collectives/algorithm.ts';
import { choose } from '../../collectives/choose.ts';
import type { SharedSizes } from '../../collectives/shared/tuning.ts';
import type { Rule } from '../../collectives/table.ts';
import { type Tuning, tuningVersion } from '../../collectives/tuning.ts';
import { thisPackage } from '../supervise/package-root.ts';
import { thisMachine, writeTuning } from '../tuning-file.ts';
import { runChild } from './child.ts';
import { warmUpMsOf } from './plan.ts';
import { geometricMean, medianOf } from './statistics.ts';
import {
  candidatesOf,
  Remaining,
  type SizeTrial,
  type Trial,
  type TrialJob,
  trialsOf,
  tuned,
  type TunedName,
  tunedNames,
  type TuneRequest,
} from './tune-plan.ts';

/** What is told while it runs. */
export type TellProgress = (text: string) => void;

/** What is not shipped must be so much faster: less is noise. */
const gainLeast = 1.05;
const timeoutMs = 300_000;

interface Measured {
  readonly name: TunedName;
  readonly bytes: number;
  readonly ns: number;
}

/** The medians of the rounds, by name and bytes. */
type Times = ReadonlyMap<string, number>;

/** Aborting rejects. A job that fails rejects with what it said. */
export async function tune(request: TuneRequest, tell: TellProgress, signal: AbortSignal): Promise<Tuning> {
  const folder = mkdtempSync(join(tmpdir(), 'tsmpi-bench-'));
  try {
    return await new Tuner(request, folder, tell, signal).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Tuner {
  readonly #request: TuneRequest;
  readonly #file: string;
  readonly #tell: TellProgress;
  readonly #signal: AbortSignal;

  constructor(request: TuneRequest, folder: string, tell: TellProgress, signal: AbortSignal) {
    this.#request = request;
    this.#file = join(folder, 'tuning.json');
    this.#tell = tell;
    this.#signal = signal;
  }

  async run(): Promise<Tuning> {
    const table: { [C in Collective]?: Rule[] } = {};
    const shared: { -readonly [S in keyof SharedSizes]?: number } = {};
    const trials = trialsOf(this.#request);
    const clock = new Remaining(trials, this.#request);
    for (const trial of trials) {
      const times = await this.#compare(trial, clock);
      if (trial.size === null) {
        for (const [collective, rules] of rulesOf(trial, times))
          table[collective] = [...(table[collective] ?? []), ...rules];
      } else {
        const best = bestSize(trial, times);
        if (best !== null) shared[trial.size] = best;
      }
    }
    const measured = `by tsmpi ${thisPackage().version} with node ${process.versions.node}`;
    return { version: tuningVersion, machine: thisMachine(), measured, algorithms: table, shared };
  }

  /** All its jobs in each round, one after the other. */
  async #compare(trial: Trial, clock: Remaining): Promise<Times[]> {
    const { rounds } = this.#request;
    const taken = trial.jobs.map(() => new Map<string, number[]>());
    for (let round = 0; round < rounds; round += 1) {
      for (const [at, job] of trial.jobs.entries()) {
        const turn = `round ${String(round + 1)} of ${String(rounds)}`;
        this.#tell(`${trial.what}, ${turn}: ${String(at + 1)} of ${String(trial.jobs.length)}; ${clock.text()}`);
        for (const { name, bytes, ns } of await this.#run(trial, job)) {
          const key = keyOf(name, bytes);
          taken[at]?.set(key, [...(taken[at].get(key) ?? []), ns]);
        }
        clock.ended(trial, job);
      }
    }
    return taken.map((times) => new Map([...times].map(([key, ns]) => [key, medianOf(ns)])));
  }

  async #run({ ranks, sizes, words }: Trial, { tuning, names }: TrialJob): Promise<Measured[]> {
    const { budgetMs, launchWords } = this.#request;
    writeTuning(this.#file, { version: tuningVersion, machine: thisMachine(), algorithms: {}, shared: {}, ...tuning });
    const { root } = thisPackage();
    const ended = await runChild(
      {
        file: process.execPath,
        args: [
          join(root, 'dist', 'launcher', 'cli', 'tsmpirun.js'),
          ...[...launchWords, ...words, '--tuning', this.#file, '-n', String(ranks), 'tune.ts'],
          ...[String(budgetMs), String(warmUpMsOf(ranks, this.#request)), names.join(','), sizes.join(',')],
        ],
        cwd: join(root, 'benchmarks'),
      },
      timeoutMs,
      this.#signal,
    );
    this.#signal.throwIfAborted();
    if (ended.exitCode !== 0) throw new Error(`a job failed: ${ended.stderr.trim().split('\n')[0] ?? ''}`);
    const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Measured);
  }
}

/** The best of a trial's values, where it is clearly faster than what is shipped. */
function bestSize({ values }: SizeTrial, times: readonly Times[]): number | null {
  const [shipped = Number.NaN, ...others] = times.map((each) => geometricMean([...each.values()]));
  const least = Math.min(...others);
  return shipped / least >= gainLeast ? (values[others.indexOf(least)] ?? null) : null;
}

function keyOf(name: string, bytes: number): string {
  return `${name} ${String(bytes)}`;
}

function rulesOf({ ranks, sizes }: Trial, times: readonly Times[]): [Collective, Rule[]][] {
  return tunedNames.map((name) => [tuned[name], rulesFrom({ name, ranks, sizes }, times)]);
}

/**
 * At each size what is shipped, or another that is clearly faster; up to halfway (by their ratio) to the next size
 * where it is another. Beyond the largest size what is shipped decides.
 */
function rulesFrom(
  { name, ranks, sizes }: { name: TunedName; ranks: number; sizes: readonly number[] },
  times: readonly Times[],
): Rule[] {
  const candidates = candidatesOf(name);
  const winners = sizes.map((bytes) => {
    const timeOf = (at: number): number => times[at]?.get(keyOf(name, bytes)) ?? Infinity;
    const shipped = choose(tuned[name], { size: ranks, bytes, commutative: true, even: true }).name;
    const least = Math.min(...candidates.map((_, at) => timeOf(at)));
    const best = candidates.findIndex((_, at) => timeOf(at) === least);
    return timeOf(candidates.indexOf(shipped)) / least >= gainLeast ? (candidates[best] ?? shipped) : shipped;
  });
  const isPower = (ranks & (ranks - 1)) === 0;
  const bound = { ranksMax: ranks, ...(isPower ? { powerOfTwo: true as const } : {}) };
  return winners.flatMap((algorithm, at) => {
    const [bytes = 0, further] = [sizes[at], sizes[at + 1]];
    if (winners[at + 1] === algorithm) return [];
    return [{ algorithm, ...bound, bytesMax: further === undefined ? bytes : Math.round(Math.sqrt(bytes * further)) }];
  });
}
