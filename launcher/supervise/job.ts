/**
 * A job's life, from the first sandbox to the last file removed.
 *
 *   starting ── all joined: roster ── all connected: go ──► running ── all ranks over: goodbye ──► ending ──► over
 *       └──────────────── a cause (see cause.ts): abort, then kill after the grace ───────────────►┘
 *
 * The first cause decides the exit code. Everything after it is a consequence and only listed.
 */
import { abortGraceMs, killGraceMs, startTimeoutMs } from '../../runtime/core/limits.ts';
import type { RankOver, RendezvousEvents } from '../../runtime/rendezvous/options.ts';
import type { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { Sandbox } from '../backends/backend.ts';
import { type Cause, exitCodeOf, namedRanks } from './cause.ts';
import { Diagnostics } from './diagnostics.ts';
import type { Place } from './placement.ts';
import { causeLines, closingLines, lateness, survivedLines } from './report.ts';
import { abortedExit, exitOfRank, type JobResult, type JobSinks, type RankExit, survivorsExitCode } from './result.ts';
import type { Timeline } from './timeline.ts';

type State = 'starting' | 'running' | 'ending' | 'over';
type SandboxExit = Awaited<Sandbox['exited']>;

export interface JobOptions {
  readonly id: string;
  readonly places: readonly Place[];
  readonly onFailure: 'abort' | 'continue';
  readonly timeoutMs: number | undefined;
  /** How much of `timeoutMs` is over already. */
  readonly elapsedMs: number;
  readonly sinks: JobSinks;
  readonly timeline: Timeline;
}

export class RunningJob implements RendezvousEvents {
  readonly id: string;
  readonly #options: JobOptions;
  readonly #size: number;
  #service: RendezvousService | undefined;
  #state: State = 'starting';
  #cause: Cause | undefined;
  readonly #sandboxes = new Map<number, Sandbox>();
  readonly #joined = new Set<number>();
  readonly #connected = new Set<number>();
  readonly #gone = new Set<number>();
  readonly #overs = new Map<number, RankOver>();
  readonly #exits = new Map<number, RankExit>();
  readonly #silent = new Set<number>();
  /** Sandboxes that were killed from here, and why. */
  readonly #givenUp = new Map<number, string>();
  readonly #diagnostics: Diagnostics;
  readonly #timers = new Set<NodeJS.Timeout>();
  #saidGoodbye = false;
  #sandboxesOver: () => void = () => undefined;
  #ranksRun: () => void = () => undefined;
  /** Resolves when the ranks begin to run; never, when they do not get so far. */
  readonly running: Promise<void>;
  /** Resolves when no sandbox lives any more. */
  readonly allGone: Promise<void>;

  constructor(options: JobOptions) {
    this.#options = options;
    this.id = options.id;
    this.#diagnostics = new Diagnostics((sandbox, line) => {
      options.sinks.event({ type: 'diagnostic', sandbox, line });
    });
    this.#size = options.places.reduce((sum, { ranks }) => sum + ranks.length, 0);
    this.running = new Promise((resolve) => {
      this.#ranksRun = resolve;
    });
    this.allGone = new Promise((resolve) => {
      this.#sandboxesOver = resolve;
    });
    this.#after(startTimeoutMs, () => {
      if (this.#state !== 'starting') return;
      this.end({ kind: 'launch', detail: lateness(options.places, this.#joined, this.#connected) });
    });
    const { timeoutMs, elapsedMs } = options;
    if (timeoutMs !== undefined) {
      this.#after(Math.max(0, timeoutMs - elapsedMs), () => this.end({ kind: 'timeout', timeoutMs }));
    }
  }

  get ending(): boolean {
    return this.#state === 'ending' || this.#state === 'over';
  }

  /** The service exists before the first sandbox; set once. */
  serve(service: RendezvousService): void {
    this.#service = service;
  }

  /** Takes charge of a sandbox that the backend has started. */
  adopt(place: Place, sandbox: Sandbox): void {
    this.#sandboxes.set(place.index, sandbox);
    void this.#diagnostics.read(place.index, sandbox);
    void sandbox.exited.then((exit) => this.#sandboxExited(place, exit));
    if (this.#cause !== undefined) void sandbox.kill();
  }

  /** No sandbox will be adopted for `place`: its start failed or was not tried. */
  forgo(place: Place): void {
    this.#leave(place.index);
  }

  /** Ends the job for `cause`, unless it is ending already. Ranks get `abortGraceMs` for their `finally` blocks. */
  end(cause: Cause): void {
    if (this.#cause !== undefined || this.#state === 'over') return;
    const wasRunning = this.#state === 'running';
    this.#cause = cause;
    this.#state = 'ending';
    this.#options.sinks.event({ type: 'cause', cause, lines: causeLines(cause) });
    const reason = causeLines(cause)[0]?.replace(/^tsmpirun: /, '') ?? 'the job ends';
    this.#service?.abort({ exitCode: exitCodeOf(cause), reason });
    if (wasRunning) this.#after(abortGraceMs + killGraceMs, () => this.killAll());
    else this.killAll();
  }

  /** Kills every sandbox now. */
  killAll(): void {
    for (const sandbox of this.#sandboxes.values()) void sandbox.kill();
  }

  /** Call once `allGone` has resolved and the service is closed: the result, after the report's closing lines. */
  finish(): JobResult {
    this.#state = 'over';
    for (const timer of this.#timers) clearTimeout(timer);
    const { sinks, places } = this.#options;
    for (const { ranks } of places) for (const rank of ranks) this.#noMoreOutput(rank);
    const exits = places.flatMap(({ ranks }) => ranks.map((rank) => this.#exits.get(rank) ?? abortedExit(rank)));
    if (this.#cause !== undefined) {
      const lines = closingLines(this.#cause, [...this.#overs.values()], this.#size);
      sinks.event({ type: 'closing', lines });
    }
    const exitCode = this.#cause === undefined ? survivorsExitCode(exits) : exitCodeOf(this.#cause);
    sinks.event({ type: 'ended', exitCode });
    return { exitCode, ranks: exits };
  }

  // What the rendezvous tells.

  joined(index: number): void {
    this.#joined.add(index);
    this.#progress();
    if (this.#joined.size < this.#options.places.length) return;
    this.#options.timeline.mark('joined');
    this.#service?.roster();
  }

  connected(index: number): void {
    this.#connected.add(index);
    this.#progress();
    if (this.#connected.size < this.#options.places.length || this.#state !== 'starting') return;
    this.#options.timeline.mark('connected');
    this.#state = 'running';
    const sandboxes = this.#options.places.length;
    this.#options.sinks.event({ type: 'started', id: this.id, ranks: this.#size, sandboxes });
    this.#service?.go();
    this.#ranksRun();
  }

  output(_index: number, rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void> {
    this.#options.timeline.mark('firstOutput');
    return this.#options.sinks.output(rank, stream, bytes);
  }

  outputOver(_index: number, rank: number): void {
    this.#noMoreOutput(rank);
    const over = this.#overs.get(rank); // the report of a rank follows its own last line
    if (over !== undefined) this.#judge(over);
    this.#endIfAllOver();
  }

  rankOver(_index: number, over: RankOver): void {
    this.#overs.set(over.rank, over);
    this.#recordExit(exitOfRank(over));
    if (this.#silent.has(over.rank)) this.#judge(over);
    this.#endIfAllOver();
  }

  abortRequested(
    _index: number,
    order: { readonly rank?: number; readonly exitCode: number; readonly reason: string },
  ): void {
    // A sandbox that cannot go on, for example because a mesh link broke, speaks for none of its ranks.
    if (order.rank === undefined) this.end({ kind: 'launch', detail: order.reason });
    else this.end({ kind: 'abort', rank: order.rank, exitCode: order.exitCode, reason: order.reason });
  }

  goodbye(index: number): void {
    // Memory to free and sockets to close are all that is left in it: the kernel is faster.
    if (this.#saidGoodbye) void this.#sandboxes.get(index)?.kill();
  }

  lost(index: number, why: string): void {
    if (this.#gone.has(index)) return;
    this.#diagnostics.note(index, `[rendezvous] ${why}`);
    // Normally its process has just ended, and `exited` says how. One that lives on without a stream is of no use.
    this.#after(killGraceMs, () => {
      if (this.#gone.has(index)) return;
      this.#givenUp.set(index, why);
      void this.#sandboxes.get(index)?.kill();
    });
  }

  refused(why: string): void {
    this.#options.sinks.event({ type: 'notice', text: `tsmpirun: the rendezvous refused a caller: ${why}` });
  }

  // What follows from it.

  #judge(over: RankOver): void {
    const failed = over.exitCode !== 0 && over.reason !== 'aborted';
    if (!failed) return;
    if (this.#options.onFailure === 'abort') {
      this.end({ kind: 'rank', over });
      return;
    }
    // Once the job ends, the closing lines say it.
    if (this.#cause === undefined) this.#options.sinks.event({ type: 'notice', text: survivedLines(over).join('\n') });
    this.#service?.failed({ ranks: [over.rank], reason: `it ended with exit code ${String(over.exitCode)}` });
  }

  #endIfAllOver(): void {
    if (this.#saidGoodbye || this.#exits.size < this.#size) return;
    this.#options.timeline.mark('ranksOver');
    const waiting = [...this.#overs.keys()].some((rank) => !this.#silent.has(rank) && this.#alive(rank));
    if (waiting) return;
    this.#saidGoodbye = true;
    if (this.#state === 'running') this.#state = 'ending';
    this.#service?.goodbye();
    this.#after(abortGraceMs + killGraceMs, () => this.killAll());
  }

  #alive(rank: number): boolean {
    const place = this.#options.places.find(({ ranks }) => ranks.includes(rank));
    return place !== undefined && !this.#gone.has(place.index);
  }

  #sandboxExited(place: Place, exit: SandboxExit): void {
    if (this.#gone.has(place.index)) return;
    const lost = place.ranks.filter((rank) => !this.#exits.has(rank));
    this.#leave(place.index);
    // Also when its ranks had returned: until the goodbye others count on its links.
    if (lost.length > 0 || !this.#saidGoodbye) {
      const reason = this.#cause !== undefined ? 'aborted' : exit.reason === 'exit' ? 'lost' : exit.reason;
      for (const rank of lost) this.#recordExit({ ...exit, rank, reason });
      if (this.#cause === undefined) this.#ranksDied(place, lost.length > 0 ? lost : place.ranks, exit);
    }
    this.#endIfAllOver();
  }

  #ranksDied(place: Place, ranks: readonly number[], exit: SandboxExit): void {
    const detail = this.#diagnostics.tail(place.index);
    const givenUp = this.#givenUp.get(place.index);
    const how = exit.signal === null ? `exit code ${String(exit.exitCode)}` : `killed by ${exit.signal}`;
    const signal = exit.signal === null ? {} : { signal: exit.signal };
    this.#service?.failed({ ranks, reason: `the sandbox of ${namedRanks(ranks)} died (${how})`, ...signal });
    if (this.#options.onFailure === 'continue' && this.#state === 'running') {
      this.#options.sinks.event({
        type: 'notice',
        text: `tsmpirun: ${namedRanks(ranks)} died (${how}); the job goes on`,
      });
      return;
    }
    const { reason, exitCode, signal: name } = exit;
    const cause: Cause = { kind: 'sandbox', ranks, reason, exitCode, signal: name, detail };
    this.end(givenUp === undefined ? cause : { ...cause, givenUp });
  }

  #recordExit(exit: RankExit): void {
    if (this.#exits.has(exit.rank)) return;
    this.#exits.set(exit.rank, exit);
    this.#options.sinks.event({ type: 'rank', exit });
  }

  #noMoreOutput(rank: number): void {
    if (this.#silent.has(rank)) return;
    this.#silent.add(rank);
    this.#options.sinks.outputOver(rank);
  }

  #leave(index: number): void {
    this.#gone.add(index);
    if (this.#gone.size === this.#options.places.length) this.#sandboxesOver();
  }

  #progress(): void {
    if (this.#state !== 'starting') return;
    const [joined, connected] = [this.#joined.size, this.#connected.size];
    this.#options.sinks.event({ type: 'progress', joined, connected, sandboxes: this.#options.places.length });
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
