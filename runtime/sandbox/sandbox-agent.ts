/**
 * The main thread of a sandbox: it owns every socket, moves what its ranks write, and answers for them to the launcher.
 * It runs no code of the user's, so it always has time for a heartbeat.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { TsmpiError } from '../core/errors.ts';
import { abortGraceMs, killGraceMs, linkLossGraceMs } from '../core/limits.ts';
import { RendezvousClient } from '../rendezvous/client.ts';
import type { AbortOrder, Answer, FailedRanks, RendezvousClientEvents, RosterEntry } from '../rendezvous/options.ts';
import { Mesh } from '../transport/mesh/mesh.ts';
import type { MeshEvents } from '../transport/mesh/options.ts';
import type { HostSegment } from '../transport/host-segment.ts';
import { Segment } from '../transport/segment.ts';
import { AgentLinks } from './agent-links.ts';
import { recordOf } from './asking.ts';
import { BareWatch } from './bare-watch.ts';
import { type Bootstrap, type SandboxPlace, worldFirstOf } from './bootstrap.ts';
import { wordsOf } from './error-report.ts';
import { Gang } from './gang.ts';
import { hostSegment } from './host-memory.ts';
import { InputFeed } from './input-feed.ts';
import { LocalRanks } from './local-ranks.ts';
import { meshOptions } from './mesh-options.ts';
import { OutputDrain } from './output-drain.ts';
import { rankTasks } from './rank-task.ts';
import { helloOf, sorted } from './roster.ts';
import { Router } from './router.ts';
import type { RanksRun, StartRanks } from './workers.ts';

const startGang: StartRanks = (options, gone) => new Gang(options, gone);

/** A sandbox's life, from the bootstrap to the goodbye. */
export class SandboxAgent implements MeshEvents, RendezvousClientEvents {
  readonly #bootstrap: Bootstrap;
  readonly #own: SandboxPlace;
  readonly #host: HostSegment;
  readonly #segment: Segment;
  readonly #gang: RanksRun;
  readonly #ranks: LocalRanks;
  readonly #bare: BareWatch | null;
  readonly #router: Router;
  readonly #output: OutputDrain;
  readonly #input: InputFeed;
  readonly #stopped = new AbortController();
  readonly #log: (line: string) => void;
  readonly #links = new AgentLinks();
  #abort: AbortOrder | null = null;
  /** Set when nothing more is to be moved. */
  #left = false;
  /** Sandboxes of other jobs wait for what was sent to them. */
  #othersStay = false;
  #leave: (exitCode: number) => void = () => undefined;

  /** `start`: who runs the ranks. */
  constructor(bootstrap: Bootstrap, log: (line: string) => void, start: StartRanks = startGang) {
    const own = bootstrap.sandboxes.find(({ index }) => index === bootstrap.sandbox);
    if (own === undefined) throw new RangeError(`sandbox ${String(bootstrap.sandbox)} is not of the job`);
    [this.#bootstrap, this.#log, this.#own] = [bootstrap, log, own];
    this.#bare = BareWatch.for(bootstrap, () => this.#segment, log);
    this.#host = hostSegment(bootstrap, this.#bare?.share.alarm);
    const place = this.#host.mapped ? own.firstRank - worldFirstOf(bootstrap) : 0;
    this.#segment = Segment.create(own.ranks, this.#host, place);
    this.#ranks = new LocalRanks(this.#segment, own.firstRank);
    const tasks = rankTasks(bootstrap, own, this.#segment, this.#bare?.share);
    // First of all: the workers load while the agent dials.
    this.#gang = start({ tasks, env: bootstrap.env, heapMiB: bootstrap.heapMiB }, (local, end) => {
      this.#ranks.workerGone(local, end);
      this.#segment.wake(this.#segment.agent);
    });
    this.#host.bedsides.listen();
    this.#router = new Router({ ...bootstrap, segment: this.#segment }, this.#links);
    this.#output = new OutputDrain(this.#segment, (local, stream, bytes) =>
      this.#links.client?.output(own.firstRank + local, stream, bytes),
    );
    this.#input = new InputFeed(this.#segment);
  }

  /**
   * Lives through the whole job; resolves with the process' exit code. Rejects when the sandbox could not join;
   * `joined` is called when it has.
   */
  async run(joined: () => void = () => undefined): Promise<number> {
    const left = new Promise<number>((resolve) => (this.#leave = resolve));
    try {
      await this.#join();
      joined();
      await Promise.race([this.#moveUntilOver(), left]);
      await Promise.race([this.#outputTaken(), left.then(() => delay(killGraceMs, undefined, { ref: false }))]);
      return await left;
    } finally {
      this.#left = true;
      this.#stopped.abort();
      this.#host.bedsides.hush();
      this.#bare?.end();
      // The launcher may end this process at its goodbye: whatever of the job's has to run has run by then.
      await this.endRanks();
      await this.#links.leave(this.#router, this.#othersStay);
    }
  }

  /** Ends the workers. False when one does not end: it sits in a call that nothing but a kill of the process ends. */
  endRanks(): Promise<boolean> {
    const late = delay(killGraceMs, false, { ref: false });
    return Promise.race([this.#gang.terminate().then(() => true), late]);
  }

  // For the mesh.

  frame(from: number, frame: Uint8Array): void {
    try {
      this.#router.receive(from, frame);
    } catch (error) {
      this.#fail(error);
    }
  }

  drain(to: number): void {
    this.#router.drained(to);
  }

  /**
   * A link that breaks the protocol ends the job. A link that is cut most likely means that its sandbox
   * is dead, which the launcher knows better and will say; if it does not, the job cannot go on all the same.
   */
  down(sandbox: number, error: TsmpiError | null): void {
    this.#router.down(sandbox);
    if (this.#links.hasLeft(sandbox)) this.#router.left(sandbox);
    else if (error !== null) this.#cut(sandbox, error);
  }

  #cut(sandbox: number, error: TsmpiError): void {
    if (error.code === 'ERR_PROTOCOL') this.#fail(error);
    // It may be over and gone, which is said of it as well.
    else
      this.#after(linkLossGraceMs, () => {
        if (this.#links.hasLeft(sandbox)) return;
        if (!this.#links.anyFailed(this.#router.ranksOf(sandbox))) this.#fail(error);
      });
  }

  // For the rendezvous.

  /** First of all those of this sandbox's world, and whoever was there before; then newcomers. */
  roster(entries: readonly RosterEntry[]): void {
    const { own, strangers } = sorted(entries, this.#bootstrap.sandboxes);
    this.#router.meet(strangers);
    this.#links.mesh?.meet(strangers);
    if (own.length > 0) this.#connect(own).catch((error: unknown) => this.#fail(error));
  }

  go(): void {
    this.#ranks.go();
  }

  failed({ ranks }: FailedRanks): void {
    for (const rank of this.#links.newlyFailed(ranks)) this.#router.announceFailure(rank);
  }

  departed(ranks: readonly number[]): void {
    this.#router.departed(ranks);
  }

  /** What a link still carries comes first. */
  left(sandboxes: readonly number[]): void {
    for (const sandbox of sandboxes) if (!this.#links.leaves(sandbox)) this.#router.left(sandbox);
  }

  link(sandbox: number): void {
    this.#router.linkTo(sandbox);
    this.#links.mesh?.open(sandbox);
  }

  answer(answer: Answer): void {
    this.#router.tell(answer.rank, recordOf(answer, this.#bootstrap.epoch));
  }

  abort(order: AbortOrder): void {
    this.#endJob(order);
  }

  stdin(rank: number, bytes: Uint8Array | null): Promise<void> {
    return this.#input.write(rank - this.#own.firstRank, bytes);
  }

  goodbye(othersStay: boolean): void {
    this.#othersStay = othersStay;
    this.#leave(0);
  }

  /** Ends it once all others have left, where the launcher says nothing of a goodbye. */
  async leave(): Promise<void> {
    await this.#links.alone();
    this.left(this.#router.others);
    this.#leave(0);
  }

  /** Moves what waits for the ranks, once nothing else moves it. */
  deliver(): void {
    this.#router.poll();
  }

  /** Without a launcher there is no job. */
  lost(why: string): void {
    this.#log(`the launcher is gone: ${why}`);
    this.#endJob({ exitCode: 1, reason: `the launcher is gone: ${why}` });
    this.#after(abortGraceMs, () => {
      this.#leave(1);
    });
  }

  async #join(): Promise<void> {
    const { signal } = this.#stopped;
    await this.#links.offer(this.#bootstrap, this.#own);
    this.#links.mesh = await Mesh.listen(
      meshOptions(this.#bootstrap, this.#bare !== null, { signal, log: this.#log }),
      this,
    );
    const hello = helloOf(this.#bootstrap, this.#links.mesh.address);
    this.#links.client = await RendezvousClient.join({ ...hello, signal }, this);
  }

  /** The pump: turns whenever a rank has written something. Ends when every rank is over and passed on. */
  async #moveUntilOver(): Promise<void> {
    const { agent } = this.#segment;
    while (!this.#left) {
      const seen = this.#segment.epoch(agent);
      const more = this.#poll();
      if (this.#ranks.allClosed) return;
      const sleep = more ? null : this.#segment.sleepAsync(agent, seen);
      // Busy ranks must not keep the sockets from their turn.
      await (sleep ?? turn());
    }
  }

  async #connect(entries: readonly RosterEntry[]): Promise<void> {
    await this.#links.mesh?.connect(entries);
    this.#bare?.offer(this.#links.mesh);
    this.#links.client?.connected();
  }

  #poll(): boolean {
    // Asked before the lanes are emptied: a rank that is over writes nothing more.
    const ended = this.#ranks.ended();
    const more = this.#router.poll();
    this.#output.poll();
    this.#input.poll();
    this.#bare?.look();
    const { abort } = this.#segment;
    if (abort !== null && this.#abort === null) this.#abortOfRank(abort.exitCode, abort.reason, abort.rank ?? -1);
    for (const local of ended) {
      if (this.#router.isDrained(local) && this.#output.isDrained(local)) this.#close(local);
    }
    return more;
  }

  /** All that the rank has sent and printed is on its way. */
  #close(local: number): void {
    this.#ranks.close(local);
    this.#bare?.takeBack(this.#links.mesh);
    this.#router.closeInbox(local);
    this.#input.close(local);
    const over = this.#ranks.overOf(local, this.#output.report(local), this.#abort);
    // A rank that failed has not returned: what that means for the others is for the launcher to say.
    if (over.reason === 'exit' && over.exitCode === 0) this.#router.announceDeparture(local);
    this.#links.client?.rankOver(over);
  }

  #abortOfRank(exitCode: number, reason: string, rank: number): void {
    const order = rank < 0 ? { exitCode, reason } : { exitCode, reason, rank };
    this.#links.client?.abort(order);
    this.#endJob(order);
  }

  /** Something here is broken beyond repair: the launcher ends the job, and so does this sandbox. */
  #fail(error: unknown): void {
    const reason = wordsOf(error);
    this.#log(reason);
    if (this.#abort === null) this.#abortOfRank(1, reason, -1);
  }

  /** Tells the ranks, gives them the grace to run their `finally` blocks, and then ends them where they stand. */
  #endJob(order: AbortOrder): void {
    if (this.#abort !== null) return;
    this.#abort = order;
    this.#segment.setAbort(order);
    this.#after(abortGraceMs, () => {
      void this.#gang.terminate();
      this.#segment.wake(this.#segment.agent);
    });
  }

  async #outputTaken(): Promise<void> {
    await this.#links.client?.outputEnd().catch((error: unknown) => this.#log(wordsOf(error)));
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(act, delayMs);
    this.#stopped.signal.addEventListener('abort', () => clearTimeout(timer));
  }
}
