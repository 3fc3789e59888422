/**
 * Runs a bench: every run in rounds, the contenders one after the other in each, so that what disturbs the machine
 * disturbs all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisPackage } from '../supervise/package-root.ts';
import { type Command, type Ended, runChild } from './child.ts';
import { readLines } from './lines.ts';
import { findPeer, type Peer } from './peers.ts';
import { type BenchRequest, planOf, type Run } from './plan.ts';
import { type BenchResult, type Point, ratiosOf, Samples } from './result.ts';

export interface BenchListener {
  /** A job begins. */
  progress(text: string): void;
  /** All rounds of a run are over: its points. */
  done(run: Run, points: readonly Point[]): void;
}

/** Somebody who is measured. */
interface Runner {
  readonly who: string;
  command(run: Run): Command;
}

/** Empty jobs of each contender in each round. */
const initsPerRound = 3;
/** Beyond the budgets of its points a job starts, warms up, checks, and shares few cores between many ranks. */
const timeoutBaseMs = 60_000;
const timeoutPerBudget = 20;

/** Runs it all. Aborting ends what runs; the result then has what was measured until then. */
export async function runBench(
  request: BenchRequest,
  listener: BenchListener,
  signal: AbortSignal,
): Promise<BenchResult> {
  const build = mkdtempSync(join(tmpdir(), 'tsmpi-bench-'));
  try {
    return await new Bench(request, listener, signal).run(build);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

class Bench {
  readonly #request: BenchRequest;
  readonly #listener: BenchListener;
  readonly #signal: AbortSignal;
  readonly #samples = new Samples();
  readonly #notes = new Set<string>();
  #failed = false;

  constructor(request: BenchRequest, listener: BenchListener, signal: AbortSignal) {
    this.#request = request;
    this.#listener = listener;
    this.#signal = signal;
  }

  async run(build: string): Promise<BenchResult> {
    const plan = planOf(this.#request);
    for (const note of plan.notes) this.#notes.add(note);
    const runners = [this.#ours(), ...this.#peers(build)];
    for (const [at, run] of plan.runs.entries()) {
      if (this.#signal.aborted) break;
      await this.#rounds(run, runners, `${String(at + 1)}/${String(plan.runs.length)}`);
      this.#listener.done(run, this.#pointsOf(run));
    }
    const points = this.#samples.points();
    return { points, ratios: ratiosOf(points), notes: [...this.#notes], failed: this.#failed };
  }

  async #rounds(run: Run, runners: readonly Runner[], at: string): Promise<void> {
    const out = new Set<string>();
    const { rounds } = this.#request;
    for (let round = 0; round < rounds; round += 1) {
      for (const runner of runners) {
        if (this.#signal.aborted) return;
        if (out.has(runner.who)) continue;
        const what = `${run.measurement.name}, ${String(run.ranks)} ranks`;
        this.#listener.progress(`[${at}] ${what}, round ${String(round + 1)} of ${String(rounds)}: ${runner.who}`);
        const problem = await this.#once(run, runner, round);
        if (problem === undefined) continue;
        out.add(runner.who);
        this.#notes.add(`${what}, ${runner.who}: ${problem}`);
        if (runner.who === 'tsmpi') this.#failed = true;
      }
    }
  }

  /** One round of one contender; what went wrong, or undefined. */
  async #once(run: Run, runner: Runner, round: number): Promise<string | undefined> {
    const { name, timed } = run.measurement;
    const times = timed === 'outside' ? initsPerRound : 1;
    for (let time = 0; time < times; time += 1) {
      const ended = await this.#child(runner.command(run), run);
      if (this.#signal.aborted) return undefined;
      if (typeof ended === 'string') return ended;
      const problem = problemOf(ended);
      if (problem !== undefined) return problem;
      const place = { name, ranks: run.ranks };
      if (timed === 'outside') {
        this.#samples.add({ ...place, bytes: 0 }, { who: runner.who }, round, [ended.elapsedMs * 1e6]);
        continue;
      }
      const { samples, lacking } = readLines(ended.stdout);
      for (const { bytes, samplesNs, ...contender } of samples) {
        this.#samples.add({ ...place, bytes }, { who: runner.who, ...contender }, round, samplesNs);
      }
      if (lacking.includes('alloc')) this.#notes.add('plain arrays only: this tsmpi has no world.alloc');
      if (samples.length === 0) return 'it printed no figures';
    }
    return undefined;
  }

  async #child(command: Command, { sizes }: Run): Promise<Ended | string> {
    const { budgetMs, modes, memories } = this.#request;
    const points = (sizes.length + 2) * modes.length * memories.length;
    const timeoutMs = timeoutBaseMs + points * budgetMs * timeoutPerBudget;
    try {
      return await runChild(command, timeoutMs, this.#signal);
    } catch (error) {
      return `it cannot be started: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  #pointsOf({ measurement, ranks }: Run): Point[] {
    return this.#samples.points().filter((point) => point.name === measurement.name && point.ranks === ranks);
  }

  #ours(): Runner {
    const { root } = thisPackage();
    const { modes, memories, launchWords, budgetMs } = this.#request;
    const command = ({ measurement, ranks, sizes }: Run): Command => {
      const job =
        measurement.timed === 'outside'
          ? ['osu/empty.ts']
          : ['osu/job.ts', measurement.name, String(budgetMs), modes.join(','), memories.join(','), sizes.join(',')];
      const tsmpirun = join(root, 'dist', 'launcher', 'cli', 'tsmpirun.js');
      const args = [tsmpirun, ...launchWords, '-n', String(ranks), ...job];
      return { file: process.execPath, args, cwd: join(root, 'benchmarks') };
    };
    return { who: 'tsmpi', command };
  }

  #peers(build: string): Runner[] {
    const sources = join(thisPackage().root, 'benchmarks', 'peers');
    const peers: Peer[] = [];
    for (const name of this.#request.peers) {
      this.#listener.progress(`preparing ${name}`);
      const peer = findPeer(name, { sources, build });
      if (typeof peer === 'string') this.#notes.add(peer);
      else peers.push(peer);
    }
    const wordsOf = ({ measurement: { name, timed }, sizes }: Run): string[] =>
      timed === 'outside' ? [name] : [name, String(this.#request.budgetMs), sizes.join(',')];
    return peers.map((peer) => ({
      who: peer.name,
      command: (run: Run) => peer.command(run.ranks, wordsOf(run)),
    }));
  }
}

function problemOf({ exitCode, stderr, isLate }: Ended): string | undefined {
  if (isLate) return 'it took too long and was ended';
  if (exitCode === 0) return undefined;
  const said = stderr.trim().split('\n').slice(0, 3).join(' | ');
  return `exit code ${String(exitCode)}${said === '' ? '' : `: ${said}`}`;
}
