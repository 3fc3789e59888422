/**
 * Runs a bench: every run in rounds, the contenders one after the other in each, so that what disturbs the machine
 * disturbs all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisPackage } from '../supervise/package-root.ts';
import { type Command, type Ended, runChild } from './child.ts';
import { readLines } from './lines.ts';
import { findPeer, type Peer } from './peers.ts';
import { type BenchRequest, planOf, type Run, warmUpMsOf } from './plan.ts';
import { plainNodeMiB } from './plain-node.ts';
import { type BenchResult, Figures, isOurs, ours, oursOverMesh, ratiosOf, Samples } from './result.ts';
import { sizeText } from './sizes.ts';

export interface BenchListener {
  /** A job begins. */
  progress(text: string): void;
  /** All rounds of a run are over: what it gave. */
  done(run: Run, result: Pick<BenchResult, 'points' | 'figures'>): void;
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
/** A warm-up lasts up to so many times what is asked (`benchmarks/osu/measure.ts`). */
const warmUpsMax = 8;
/** Slower than any soak that is worth its result. */
const timeoutPerCallMs = 5;

/** Runs it all. Aborting ends what runs; the result then has what was measured until then. */
export async function runBench(
  request: BenchRequest,
  command: string,
  listener: BenchListener,
  signal: AbortSignal,
): Promise<BenchResult> {
  const build = mkdtempSync(join(tmpdir(), 'tsmpi-bench-'));
  try {
    return await new Bench(request, listener, signal).run(build, command);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

class Bench {
  readonly #request: BenchRequest;
  readonly #listener: BenchListener;
  readonly #signal: AbortSignal;
  readonly #samples = new Samples();
  readonly #figures = new Figures();
  readonly #notes = new Set<string>();
  #failed = false;

  constructor(request: BenchRequest, listener: BenchListener, signal: AbortSignal) {
    this.#request = request;
    this.#listener = listener;
    this.#signal = signal;
  }

  async run(build: string, command: string): Promise<BenchResult> {
    const plan = planOf(this.#request);
    for (const note of plan.notes) this.#notes.add(note);
    const peers = plan.runs.some(({ measurement }) => measurement.gives !== 'figures') ? this.#findPeers(build) : [];
    const own = this.#ours();
    for (const [at, run] of plan.runs.entries()) {
      if (this.#signal.aborted) break;
      const runners = run.measurement.gives === 'figures' ? [own] : [own, ...peers.map((peer) => this.#twin(peer))];
      await this.#rounds(run, runners, `${String(at + 1)}/${String(plan.runs.length)}`);
      const isOfRun = ({ name, ranks }: { name: string; ranks: number }): boolean =>
        name === run.measurement.name && ranks === run.ranks;
      const [points, figures] = [this.#samples.points().filter(isOfRun), this.#figures.all().filter(isOfRun)];
      this.#listener.done(run, { points, figures });
    }
    const versions = [
      `tsmpi ${thisPackage().version}`,
      `node ${process.versions.node}`,
      ...peers.map(({ name, version }) => `${name} ${version}`),
    ];
    const points = this.#samples.points();
    return {
      about: { command, cores: availableParallelism(), versions },
      points,
      ratios: ratiosOf(points),
      figures: this.#figures.all(),
      notes: [...this.#notes],
      failed: this.#failed,
    };
  }

  async #rounds(run: Run, runners: readonly Runner[], at: string): Promise<void> {
    const out = new Set<string>();
    const rounds = Math.min(this.#request.rounds, run.measurement.rounds ?? Number.POSITIVE_INFINITY);
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
        if (isOurs(runner.who)) this.#failed = true;
      }
    }
  }

  /** One round of one contender; what went wrong, or undefined. */
  async #once(run: Run, runner: Runner, round: number): Promise<string | undefined> {
    const { name, gives } = run.measurement;
    const times = gives === 'duration' ? initsPerRound : 1;
    for (let time = 0; time < times; time += 1) {
      const ended = await this.#child(runner.command(run), run);
      if (this.#signal.aborted) return undefined;
      if (typeof ended === 'string') return ended;
      const problem = problemOf(ended);
      if (problem !== undefined) return problem;
      if (gives === 'duration') {
        this.#samples.add({ name, ranks: run.ranks, bytes: 0 }, { who: runner.who }, round, [ended.elapsedMs * 1e6]);
      } else if (!this.#read(run, runner.who, round, ended.stdout)) return 'it printed no figures';
    }
    if (name === 'footprint') await this.#plainNode(run);
    return undefined;
  }

  /** Takes what a job printed; false when there is nothing in it. */
  #read({ measurement: { name }, ranks }: Run, who: string, round: number, stdout: string): boolean {
    const { samples, figures, tooLarge } = readLines(stdout);
    for (const { bytes, samplesNs, ...contender } of samples) {
      this.#samples.add({ name, ranks, bytes }, { who, ...contender }, round, samplesNs);
    }
    for (const figure of figures) this.#figures.add(name, ranks, figure);
    for (const bytes of tooLarge) {
      this.#notes.add(`${name}, ${String(ranks)} ranks, alloc: arrays for ${sizeText(bytes)} do not fit the segment`);
    }
    return samples.length > 0 || figures.length > 0 || tooLarge.length > 0;
  }

  /** As many plain nodes as there were sandboxes, and what a sandbox has beyond one of them. */
  async #plainNode({ measurement: { name }, ranks }: Run): Promise<void> {
    const own = this.#figures.all().find((each) => each.ranks === ranks && each.figure === 'memory of a sandbox');
    const value = await plainNodeMiB(ranks);
    this.#figures.add(name, ranks, { figure: 'memory of a plain node', unit: 'MiB', value });
    const beyond = (own?.rounds.at(-1) ?? Number.NaN) - value;
    this.#figures.add(name, ranks, { figure: 'memory of a sandbox beyond it', unit: 'MiB', value: beyond });
  }

  async #child(command: Command, { measurement, ranks, sizes }: Run): Promise<Ended | string> {
    const { budgetMs, modes, memories, calls } = this.#request;
    const points = (sizes.length + 3) * modes.length * memories.length;
    const pointMs = budgetMs + warmUpsMax * warmUpMsOf(ranks, this.#request);
    const ownMs = measurement.name === 'soak' ? calls * timeoutPerCallMs : points * pointMs * timeoutPerBudget;
    try {
      return await runChild(command, timeoutBaseMs + ownMs, this.#signal);
    } catch (error) {
      return `it cannot be started: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  #ours(): Runner {
    const { root } = thisPackage();
    const { modes, memories, launchWords, calls } = this.#request;
    const wordsOf = (run: Run): string[] => {
      const { name, gives } = run.measurement;
      if (name === 'soak') return [String(calls)];
      return gives === 'samples' ? [name, ...this.#times(run), modes.join(','), memories.join(','), sizesOf(run)] : [];
    };
    const command = (run: Run): Command => {
      const tsmpirun = join(root, 'dist', 'launcher', 'cli', 'tsmpirun.js');
      const args = [tsmpirun, ...launchWords, '-n', String(run.ranks), run.measurement.script, ...wordsOf(run)];
      return { file: process.execPath, args, cwd: join(root, 'benchmarks') };
    };
    return { who: launchWords.includes('--no-shared-memory') ? oursOverMesh : ours, command };
  }

  #findPeers(build: string): Peer[] {
    const sources = join(thisPackage().root, 'benchmarks', 'peers');
    const peers: Peer[] = [];
    for (const name of this.#request.peers) {
      this.#listener.progress(`preparing ${name}`);
      const peer = findPeer(name, { sources, build });
      if (typeof peer === 'string') this.#notes.add(peer);
      else peers.push(peer);
    }
    return peers;
  }

  #twin(peer: Peer): Runner {
    const wordsOf = (run: Run): string[] => {
      const { name, gives } = run.measurement;
      return gives === 'duration' ? [name] : [name, ...this.#times(run), sizesOf(run)];
    };
    return { who: peer.name, command: (run) => peer.command(run.ranks, wordsOf(run)) };
  }

  /** For a job of ours and for a twin: milliseconds for each point and for its warm-up. */
  #times({ ranks }: Run): [budget: string, warmUp: string] {
    return [String(this.#request.budgetMs), String(warmUpMsOf(ranks, this.#request))];
  }
}

function sizesOf({ sizes }: Run): string {
  return sizes.join(',');
}

function problemOf({ exitCode, stderr, isLate }: Ended): string | undefined {
  if (isLate) return 'it took too long and was ended';
  if (exitCode === 0) return undefined;
  const said = stderr.trim().split('\n').slice(0, 3).join(' | ');
  return `exit code ${String(exitCode)}${said === '' ? '' : `: ${said}`}`;
}
