/**
 * A job's life, from the first sandbox to the last file removed.
 *
 *   starting ── all joined: roster ── all connected: go ──► running ── all ranks over: goodbye ──► ending ──► over
 *       └──────────────── a cause (see cause.ts): abort, then kill after the grace ───────────────►┘
 *
 * The first cause decides the exit code. Everything after it is a consequence and only listed.
 */
import { abortGraceMs, exitDrainTimeoutMs, killGraceMs, startTimeoutMs } from '../../runtime/core/limits.ts';
import type { AbortOrder, Ask, RankOver, RendezvousEvents } from '../../runtime/rendezvous/options.ts';
import type { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { Sandbox } from '../backends/backend.ts';
import { type Cause, exitCodeOf, howOf, namedRanks } from './cause.ts';
import { Diagnostics } from './diagnostics.ts';
import { Ends } from './ends.ts';
import type { AskTaker, JobOptions } from './job-options.ts';
import type { Place } from './placement.ts';
import { JobNumbers } from './job-numbers.ts';
import { JobSeats } from './job-seats.ts';
import { causeLines, closingLines, lateness, survivedLines } from './report.ts';
import { exitOfRank, type JobResult, type JobSinks, survivorsExitCode } from './result.ts';
import { type SandboxExit, Sandboxes } from './sandboxes.ts';
import { Timers } from './timers.ts';
import { World } from './world.ts';

type State = 'starting' | 'running' | 'ending' | 'over';

export class RunningJob implements Omit<RendezvousEvents, 'refused'> {
  readonly id: string;
  /** Of all worlds. Others are expected only while the job is not `ending`. */
  readonly sandboxes = new Sandboxes();
  readonly #options: JobOptions;
  readonly #world: World;
  /** Ranks that count: those of the job, and of each world that was begun. */
  #size: number;
  readonly #numbers = new JobNumbers();
  readonly #sinks: JobSinks;
  #asks: AskTaker | undefined;
  #seats: JobSeats | undefined;
  #state: State = 'starting';
  #cause: Cause | undefined;
  readonly #ends: Ends;
  readonly #diagnostics: Diagnostics;
  readonly #timers = new Timers();
  #saidGoodbye = false;
  #ranksRun: () => void = () => undefined;
  /** Resolves when the ranks begin to run; never, when they do not get so far. */
  readonly running: Promise<void>;

  constructor(options: JobOptions) {
    this.#options = options;
    this.id = options.id;
    this.#world = new World(0, options.places, { ready: () => this.#run(), lost: () => undefined });
    this.#numbers.add(this.#world);
    this.#sinks = this.#numbers.sinks(options.sinks);
    this.#ends = new Ends(this.#sinks, this.#numbers.nameOf);
    this.#diagnostics = new Diagnostics((sandbox, line) => {
      this.#sinks.event({ type: 'diagnostic', sandbox, line });
    });
    this.sandboxes.expect(this.#world);
    this.#size = this.#world.ranks.length;
    this.running = new Promise((resolve) => {
      this.#ranksRun = resolve;
    });
    this.#timers.after(startTimeoutMs, () => {
      if (this.#state !== 'starting') return;
      this.end({ kind: 'launch', detail: lateness(this.#world, this.#numbers.nameOf) });
    });
    const { timeoutMs, elapsedMs } = options;
    if (timeoutMs !== undefined) {
      this.#timers.after(Math.max(0, timeoutMs - elapsedMs), () => this.end({ kind: 'timeout', timeoutMs }));
    }
  }

  get ending(): boolean {
    return this.#state === 'ending' || this.#state === 'over';
  }

  /** The service exists before the first sandbox; set once. */
  serve(service: RendezvousService, asks: AskTaker): void {
    this.#seats = new JobSeats(service, this.sandboxes, this.#options.attached);
    this.#asks = asks;
  }

  /** Its ranks run from now on, and count. */
  begin(world: World, script: string): void {
    const { number: spawn, ranks } = world;
    const [firstRank = 0] = ranks;
    world.counts = true;
    this.#size += ranks.length;
    this.#numbers.add(world);
    this.#sinks.event({ type: 'spawned', spawn, firstRank, ranks: ranks.length, script });
    this.#seats?.go(world);
  }

  /** It will not be begun. */
  drop(world: World): void {
    this.#seats?.forgo(world);
    world.drop();
    for (const index of world.sandboxes) this.sandboxes.kill(index);
  }

  /** Takes charge of a sandbox that the backend has started. */
  adopt(place: Place, sandbox: Sandbox): void {
    this.sandboxes.adopt(place, sandbox);
    void this.#diagnostics.read(place.index, sandbox);
    void sandbox.exited.then((exit) => this.#sandboxExited(place, exit));
    if (this.#cause !== undefined || this.sandboxes.worldOf(place.index)?.isOver === true) void sandbox.kill();
  }

  /** No sandbox will be adopted for `place`: it was not tried, or `detail` says how its start failed. */
  forgo({ index }: Place, detail?: string): void {
    const world = this.sandboxes.worldOf(index);
    if (detail !== undefined && world?.counts === true) this.end({ kind: 'launch', detail });
    this.sandboxes.leave(index);
    world?.lose(detail ?? 'the job ends');
  }

  /** Ends the job for `cause`, unless it is ending already. Ranks get `abortGraceMs` for their `finally` blocks. */
  end(cause: Cause): void {
    if (this.#cause !== undefined || this.#state === 'over') return;
    const wasRunning = this.#state === 'running';
    this.#cause = cause;
    this.#state = 'ending';
    this.#sinks.event({ type: 'cause', cause, lines: causeLines(cause, this.#numbers.nameOf) });
    const reason = causeLines(cause, this.#numbers.nameOf)[0]?.replace(/^tsmpirun: /, '') ?? 'the job ends';
    const lost = this.sandboxes.worlds.flatMap(({ ranks }) => ranks).filter((rank) => !this.#ends.has(rank));
    this.#seats?.abort(exitCodeOf(cause), reason, lost);
    if (wasRunning) this.#timers.after(abortGraceMs + killGraceMs, () => this.killAll());
    else this.killAll();
  }

  /** Kills every sandbox now. */
  killAll(): void {
    this.sandboxes.killAll();
  }

  /** Call once all sandboxes are gone and the service is closed: the result, after the report's closing lines. */
  finish(): JobResult {
    this.#state = 'over';
    this.#timers.clear();
    const sinks = this.#sinks;
    const exits = this.#ends.of(this.sandboxes.worlds.flatMap(({ counts, ranks }) => (counts ? ranks : [])));
    if (this.#cause !== undefined) {
      const known = { overs: [...this.#ends.overs.values()], size: this.#size, nameOf: this.#numbers.nameOf };
      sinks.event({ type: 'closing', lines: closingLines(this.#cause, known) });
    }
    const exitCode = this.#cause === undefined ? survivorsExitCode(exits) : exitCodeOf(this.#cause);
    sinks.event({ type: 'ended', exitCode });
    return { exitCode, ranks: exits.map((exit) => this.#numbers.exit(exit)) };
  }

  // What the rendezvous tells.

  joined(index: number): void {
    const world = this.sandboxes.worldOf(index);
    const isLast = world?.join(index) === true;
    this.#progress();
    if (world === undefined || !isLast) return;
    this.#options.timeline.mark('joined');
    this.#seats?.roster(world);
  }

  connected(index: number): void {
    this.sandboxes.worldOf(index)?.connect(index);
    this.#progress();
  }

  #run(): void {
    if (this.#state !== 'starting') return;
    this.#options.timeline.mark('connected');
    this.#state = 'running';
    const sandboxes = this.#options.places.length;
    this.#sinks.event({ type: 'started', id: this.id, ranks: this.#size, sandboxes });
    this.#seats?.go(this.#world);
    this.#ranksRun();
  }

  output(_index: number, rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void> {
    this.#options.timeline.mark('firstOutput');
    return this.#sinks.output(rank, stream, bytes);
  }

  outputOver(_index: number, rank: number): void {
    this.#ends.silence(rank);
    const over = this.#ends.overs.get(rank); // the report of a rank follows its own last line
    if (over !== undefined) this.#judge(over);
    this.#endIfAllOver();
  }

  rankOver(index: number, over: RankOver): void {
    const world = this.sandboxes.worldOf(index);
    if (world?.counts === false) {
      world.lose(`one of its ranks ended before it began (${over.reason})`);
      return;
    }
    this.#asks?.over(over.rank);
    this.#ends.overs.set(over.rank, over);
    this.#ends.record(exitOfRank(over));
    if (this.#ends.isSilent(over.rank)) this.#judge(over);
    this.#endIfAllOver();
  }

  abortRequested(_index: number, order: AbortOrder): void {
    // A sandbox that cannot go on, for example because a mesh link broke, speaks for none of its ranks.
    if (order.rank === undefined) this.end({ kind: 'launch', detail: order.reason });
    else {
      const rank = order.rank === this.#options.attached?.rank ? null : order.rank;
      this.end({ kind: 'abort', rank, exitCode: order.exitCode, reason: order.reason });
    }
  }

  asked(_index: number, ask: Ask): void {
    this.#asks?.asked(ask);
  }

  goodbye(index: number): void {
    // Memory to free and sockets to close are all that is left in it: the kernel is faster.
    if (this.#saidGoodbye) this.sandboxes.kill(index);
  }

  lost(index: number, why: string): void {
    if (this.sandboxes.isGone(index)) return;
    if (index === this.#options.attached?.sandbox) {
      this.end({ kind: 'launch', detail: `the launching program has lost its place in the mesh: ${why}` });
      return;
    }
    this.#diagnostics.note(index, `[rendezvous] ${why}`);
    // Normally its process has just ended, and `exited` says how. One that lives on without a stream is of no use.
    this.#timers.after(killGraceMs, () => {
      if (this.sandboxes.isGone(index)) return;
      this.#diagnostics.giveUp(index, why);
      this.sandboxes.kill(index);
    });
  }

  // What follows from it.

  #judge(over: RankOver): void {
    if (over.exitCode === 0 || over.reason === 'aborted') return;
    if (this.#options.onFailure === 'abort') {
      this.end({ kind: 'rank', over });
      return;
    }
    // Once the job ends, the closing lines say it.
    if (this.#cause === undefined)
      this.#sinks.event({ type: 'notice', text: survivedLines(over, this.#numbers.nameOf).join('\n') });
    this.#seats?.failed({ ranks: [over.rank], reason: `it ended with exit code ${String(over.exitCode)}` });
  }

  #endIfAllOver(): void {
    if (this.#saidGoodbye || this.#ends.count < this.#size) return;
    this.#options.timeline.mark('ranksOver');
    const waiting = [...this.#ends.overs.keys()].some(
      (rank) => !this.#ends.isSilent(rank) && this.sandboxes.holds(rank),
    );
    if (waiting) return;
    this.#saidGoodbye = true;
    if (this.#state === 'running') this.#state = 'ending';
    this.#seats?.goodbye();
    const graceMs = this.#options.mayDeliver ? exitDrainTimeoutMs : abortGraceMs;
    this.#timers.after(graceMs + killGraceMs, () => this.killAll());
  }

  #sandboxExited(place: Place, exit: SandboxExit): void {
    if (this.sandboxes.isGone(place.index)) return;
    const lost = place.ranks.filter((rank) => !this.#ends.has(rank));
    this.sandboxes.leave(place.index);
    for (const rank of place.ranks) this.#asks?.over(rank);
    const world = this.sandboxes.worldOf(place.index);
    if (world?.counts === false) {
      world.lose(`one of its sandboxes ended (${howOf(exit)}) ${this.#diagnostics.tail(place.index)}`.trimEnd());
      return;
    }
    // Also when its ranks had returned: until the goodbye others count on its links.
    if (lost.length > 0 || !this.#saidGoodbye) {
      const reason = this.#cause !== undefined ? 'aborted' : exit.reason === 'exit' ? 'lost' : exit.reason;
      for (const rank of lost) this.#ends.record({ ...exit, rank, reason });
      if (this.#cause === undefined) this.#ranksDied(place, lost.length > 0 ? lost : place.ranks, exit);
    }
    this.#endIfAllOver();
  }

  #ranksDied(place: Place, ranks: readonly number[], exit: SandboxExit): void {
    const [how, names] = [howOf(exit), namedRanks(ranks, this.#numbers.nameOf)];
    const signal = exit.signal === null ? {} : { signal: exit.signal };
    this.#seats?.failed({ ranks, reason: `the sandbox of ${names} died (${how})`, ...signal });
    if (this.#options.onFailure === 'continue' && this.#state === 'running') {
      this.#sinks.event({ type: 'notice', text: `tsmpirun: ${names} died (${how}); the job goes on` });
      return;
    }
    this.end(this.#diagnostics.deathOf(place.index, ranks, exit));
  }

  #progress(): void {
    if (this.#state !== 'starting') return;
    const [joined, connected] = [this.#world.joined.size, this.#world.connected.size];
    this.#sinks.event({ type: 'progress', joined, connected, sandboxes: this.#options.places.length });
  }
}
