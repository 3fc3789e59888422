/**
 * Measures a tuning: jobs that differ in nothing but the tuning they are given, in turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Collective } from '../../collectives/algorithm.ts';
import { choose } from '../../collectives/choose.ts';
import { shippedSizes, type SharedSizes } from '../../collectives/shared/tuning.ts';
import type { Rule, Table } from '../../collectives/table.ts';
import { type Tuning, tuningVersion } from '../../collectives/tuning.ts';
import { thisPackage } from '../supervise/package-root.ts';
import { thisMachine, writeTuning } from '../tuning-file.ts';
import { runChild } from './child.ts';
import { geometricMean, medianOf } from './statistics.ts';
import { candidatesOf, sizeTrials, tuned, type TunedName, tunedNames, type TuneRequest } from './tune-plan.ts';

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

interface Work {
  readonly names: readonly TunedName[];
  readonly sizes: readonly number[];
  readonly ranks: number;
  readonly words: readonly string[];
}

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
    let shared: Partial<SharedSizes> = {};
    for (const ranks of this.#request.ranks) {
      for (const [collective, rules] of await this.#rules(ranks)) {
        table[collective] = [...(table[collective] ?? []), ...rules];
      }
      shared = { ...shared, ...(await this.#sizes(ranks)) };
    }
    const measured = `by tsmpi ${thisPackage().version} with node ${process.versions.node}`;
    return { version: tuningVersion, machine: thisMachine(), measured, algorithms: table, shared };
  }

  /** One job for the first algorithm of each collective, one for the second, and so on. */
  async #rules(ranks: number): Promise<[Collective, Rule[]][]> {
    const rivals = Math.max(...tunedNames.map((name) => candidatesOf(name).length));
    const tunings = Array.from({ length: rivals }, (_, at) => ({ algorithms: forced(at) }));
    const { sizes } = this.#request;
    const work = { names: tunedNames, sizes, ranks, words: ['--no-shared-memory'] };
    const times = await this.#compare(`algorithms on ${String(ranks)} ranks`, tunings, work);
    return tunedNames.map((name) => [tuned[name], rulesFrom({ name, ranks, sizes }, times)]);
  }

  async #sizes(ranks: number): Promise<Partial<SharedSizes>> {
    const found: Partial<Record<keyof SharedSizes, number>> = {};
    for (const { size, values, ...work } of sizeTrials(ranks)) {
      const tunings = [shippedSizes[size], ...values].map((bytes) => ({ shared: { [size]: bytes } }));
      const times = await this.#compare(`${size} on ${String(ranks)} ranks`, tunings, { ...work, words: [] });
      const means = times.map((each) => geometricMean([...each.values()]));
      const [shipped = Number.NaN, ...others] = means;
      const least = Math.min(...others);
      const best = values[others.indexOf(least)];
      if (best !== undefined && best !== shippedSizes[size] && shipped / least >= gainLeast) found[size] = best;
    }
    return found;
  }

  /** All tunings in each round, one after the other. */
  async #compare(
    what: string,
    tunings: readonly Partial<Pick<Tuning, 'algorithms' | 'shared'>>[],
    work: Work,
  ): Promise<Times[]> {
    const { rounds } = this.#request;
    const taken = tunings.map(() => new Map<string, number[]>());
    for (let round = 0; round < rounds; round += 1) {
      for (const [at, tuning] of tunings.entries()) {
        const turn = `round ${String(round + 1)} of ${String(rounds)}`;
        this.#tell(`${what}, ${turn}: ${String(at + 1)} of ${String(tunings.length)}`);
        for (const { name, bytes, ns } of await this.#job(tuning, work)) {
          const key = keyOf(name, bytes);
          taken[at]?.set(key, [...(taken[at].get(key) ?? []), ns]);
        }
      }
    }
    return taken.map((times) => new Map([...times].map(([key, ns]) => [key, medianOf(ns)])));
  }

  async #job(tuning: Partial<Pick<Tuning, 'algorithms' | 'shared'>>, work: Work): Promise<Measured[]> {
    const { names, sizes, ranks, words } = work;
    const { budgetMs, warmUpMs, launchWords } = this.#request;
    writeTuning(this.#file, { version: tuningVersion, machine: thisMachine(), algorithms: {}, shared: {}, ...tuning });
    const { root } = thisPackage();
    const warmUp = Math.ceil(warmUpMs * Math.max(1, ranks / availableParallelism()));
    const ended = await runChild(
      {
        file: process.execPath,
        args: [
          join(root, 'dist', 'launcher', 'cli', 'tsmpirun.js'),
          ...[...launchWords, ...words, '--tuning', this.#file, '-n', String(ranks), 'tune.ts'],
          ...[String(budgetMs), String(warmUp), names.join(','), sizes.join(',')],
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

/** Each collective by its algorithm number `at`, or the last that it has. */
function forced(at: number): Partial<Table> {
  const rules = tunedNames.map((name) => {
    const candidates = candidatesOf(name);
    return [tuned[name], [{ algorithm: candidates[at] ?? candidates.at(-1) }]] as const;
  });
  return Object.fromEntries(rules);
}

function keyOf(name: string, bytes: number): string {
  return `${name} ${String(bytes)}`;
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
