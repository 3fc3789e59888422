/**
 * The heart of a rank: takes records out of its queues, hands them to the halves of the protocol, and moves every
 * outstanding call, awaited or blocking. It runs on the rank's thread, whenever a call is made, a blocked call waits,
 * or the event loop is woken.
 */
import { type Header, headerBytes } from '../transport/header.ts';
import { HostSegment } from '../transport/host-segment.ts';
import type { Heap } from '../transport/heap.ts';
import type { Payload } from '../transport/lane.ts';
import { Parting } from '../transport/parting.ts';
import { Segment } from '../transport/segment.ts';
import { SharedArrays } from '../transport/shared-arrays.ts';
import { Waiting } from '../transport/waiting.ts';
import { Areas } from './areas.ts';
import { Bed } from './bed.ts';
import { Condition } from './condition.ts';
import { Conditions } from './conditions.ts';
import { EventLoop } from './event-loop.ts';
import type { ExpressParts } from './express.ts';
import { Failures } from './failures.ts';
import { Inbound } from './inbound.ts';
import { linksOf } from './links.ts';
import { Looking } from './looking.ts';
import { type Incoming, type Outstanding, ReceiveOperation, SendOperation } from './operation.ts';
import { ProgramRun, type Runner } from './program-run.ts';
import type { RankContext } from './rank-context.ts';
import { type Halves, handle } from './records.ts';
import { RemoteAccesses } from './remote-access.ts';
import { Receiver } from './receiver.ts';
import { Requests } from './requests.ts';
import { Communicators } from './communicators.ts';
import { Sender } from './sender.ts';
import { indexOf, Wire } from './wire.ts';

export class Engine implements Runner {
  readonly context: RankContext;
  readonly segment: Segment;
  /** What this rank shares with others, its place there, and what it owns of it. */
  readonly host: HostSegment;
  readonly index: number;
  readonly heap: Heap;
  /** Where communicators that this rank helps to make meet. */
  readonly areas: Areas;
  /** Those of `comm.alloc`. */
  readonly arrays: SharedArrays;
  readonly eventLoop: EventLoop;
  readonly #bed: Bed;
  /** Whether this rank and whom it waits for share a core. */
  readonly parting: Parting | null;
  readonly #waiting: Waiting;
  readonly #looking = new Looking();
  readonly #wire: Wire;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #failures: Failures;
  readonly #inbound: Inbound;
  readonly #halves: Halves;
  /** What the short way of short messages stands on. */
  readonly expressParts: ExpressParts;
  #aborted = false;
  readonly conditions = new Conditions();
  readonly communicators: Communicators;
  readonly requests: Requests;
  readonly accesses: RemoteAccesses;
  /** Runs whose operations are done. */
  #resumed: ProgramRun[] = [];
  #current: ProgramRun | null = null;

  constructor(context: RankContext) {
    this.context = context;
    const { host, memory, localRanks, localIndex } = context;
    this.host = HostSegment.attach(host);
    this.index = indexOf(context, context.rank);
    this.heap = this.host.heap();
    this.areas = new Areas(this.host, this.heap);
    this.arrays = new SharedArrays(this.host);
    this.segment = Segment.attach(memory, localRanks, this.host, this.index - localIndex);
    const { segment, index } = this;
    const links = linksOf(context, segment, this.#handle, (header) => this.#receiver.place(header));
    this.#bed = new Bed(this.host, index, links);
    const place = { segment, host: this.host, endpoint: localIndex, index, firstRank: context.hostFirstRank, links };
    this.#inbound = new Inbound(place, this.#handle);
    const { mapped, bedsides } = this.host;
    this.parting = mapped ? new Parting(bedsides, this.index) : null;
    this.#waiting = new Waiting(mapped ? bedsides : links, this.parting, context.size);
    this.#wire = new Wire(context, { segment, heap: this.heap, links }, (operation) => {
      this.#sender.written(operation);
    });
    this.#sender = new Sender(this.#wire);
    this.#receiver = new Receiver(this.#wire);
    this.#failures = new Failures(context, this.segment, this.#wire, this.#sender, this.#receiver);
    const parts = { wire: this.#wire, sender: this.#sender, receiver: this.#receiver, conditions: this.conditions };
    this.communicators = new Communicators(parts, context.rank);
    this.requests = new Requests(this.#wire);
    this.accesses = new RemoteAccesses(this.#wire);
    const { accesses, communicators, requests } = this;
    this.#halves = { ...parts, failures: this.#failures, accesses, communicators, requests };
    const waits = { inbound: this.#inbound, failures: this.#failures, waiting: this.#waiting };
    this.expressParts = { ...parts, ...waits, segment };
    this.eventLoop = new EventLoop(this.host, this.index, links, () => this.poll());
  }

  /** World ranks that failed, in order. */
  get failed(): readonly number[] {
    return this.#failures.failed;
  }

  /** Starts a send or a receive. It may be done, or failed, when this returns. Who says no to `looks` looks soon. */
  start(operation: SendOperation | ReceiveOperation, looks = true): void {
    // First of all: what has come may end the job, or revoke the communicator.
    if (operation instanceof SendOperation) this.#lookForCredit(operation);
    if (this.segment.aborted) {
      this.poll();
      operation.complete(this.#failures.endOf(operation));
      return;
    }
    if (this.communicators.ends(operation)) return;
    if (operation instanceof SendOperation) {
      const peer = this.#wire.peer(operation.destination);
      const error = this.#failures.refuseSend(operation, peer);
      if (error === undefined) this.#sender.start(operation, peer);
      else operation.complete(error ?? undefined);
      return;
    }
    if (this.#receiver.start(operation)) return;
    // What is in the queues came before this call: it may be what is asked for, or say that it never comes.
    this.#receiver.matching.post(operation);
    if (looks && this.#inbound.ready) this.poll(operation);
    if (operation.done || operation.message !== null) return;
    const error = this.#failures.hopeless(operation);
    if (error === null) return;
    this.#receiver.matching.remove(operation);
    operation.complete(error);
  }

  /** Credit that is here already spares a message its announcement. */
  #lookForCredit({ destination, data }: SendOperation): void {
    const { credit } = this.#wire.peer(destination);
    if (credit < headerBytes + data.byteLength && this.#inbound.ready) this.poll();
  }

  /** Starts to receive a message that was claimed before. */
  startFixed(operation: ReceiveOperation, message: Incoming): void {
    if (this.segment.aborted) operation.complete(this.#failures.endOf(operation));
    else this.#receiver.startFixed(operation, message);
  }

  /** Takes a message that is here off its queue; null when there is none. */
  claim(context: number, source: number, tag: number): Incoming | null {
    this.poll();
    return this.#receiver.claim(context, source, tag);
  }

  /** Runs a program until it waits or is over; from then on the engine moves it. */
  run(run: ProgramRun): void {
    if (this.segment.aborted) this.poll();
    // Where a rank is dead, the program's own operations tell whether they need it.
    if (this.segment.aborted && !this.#failures.anyDeadIn(run.group)) run.complete(this.#failures.abortOf(run));
    else run.step();
  }

  /** Watches a condition that did not hold yet; it completes when it does, or when it no longer can. */
  watch(condition: Condition): void {
    if (this.segment.aborted) this.poll();
    else this.conditions.add(condition);
    if (this.communicators.ends(condition)) return;
    // What came true before it was known that this rank waits woke nobody, and it may be long until it looks again.
    if (condition.ready()) {
      condition.complete();
      this.conditions.drop(condition);
      return;
    }
    const error = this.segment.aborted ? this.#failures.endOf(condition) : this.#failures.never(condition);
    if (error !== null) condition.complete(error);
  }

  /** Makes `operation` end with the program that is running now. */
  own(operation: Outstanding): void {
    this.#current?.own(operation);
  }

  /** Ends a call early. It leaves no trace: no message is lost, none is half sent. */
  cancel(operation: Outstanding, error: Error): void {
    if (operation instanceof SendOperation) {
      this.#sender.cancel(operation, this.#wire.peer(operation.destination), error);
    } else if (operation instanceof ReceiveOperation) {
      this.#receiver.cancel(operation, error);
    } else if (operation instanceof ProgramRun) {
      operation.abandon(error);
    } else if (operation instanceof Condition) {
      operation.complete(error);
    }
  }

  /** Looks after all that has come, but for what lies behind the end of `wanted`. True: it moved. Never blocks. */
  poll(wanted: Outstanding | null = null): boolean {
    return this.#poll(true, wanted);
  }

  /** `sockets`: those too, if they are this rank's. */
  #poll(sockets: boolean, wanted: Outstanding | null): boolean {
    if (this.segment.aborted) return this.#abort();
    let worked = this.#inbound.poll(sockets, wanted);
    if (this.#wire.flush()) worked = true;
    const gone = this.#failures.settle(this.#inbound.drainFrom);
    if (!this.conditions.empty) this.conditions.look(gone ? this.#never : null);
    return this.#advance() || worked;
  }

  /**
   * Blocks the thread until `operation` is done, and moves everything else of this rank meanwhile. False when
   * `timeoutMs` have passed first; then it is still outstanding.
   */
  block(operation: Outstanding, timeoutMs: number): boolean {
    return this.#blockUntil(() => operation.done, timeoutMs, operation);
  }

  /** Looks for the end of an awaited call, for a moment; for what it does not find there is the event loop. */
  look(operation: Outstanding): void {
    this.#looking.look(operation, this.#waiting, this);
  }

  /**
   * Blocks until everything that was sent is in the rings or with the kernel, where it outlives this thread, and gives
   * the links away. False when `timeoutMs` have passed first, or the job was aborted.
   */
  drain(timeoutMs: number): boolean {
    const drained = this.#blockUntil(() => this.#wire.idle || this.segment.aborted, timeoutMs, null);
    this.#bed.leave();
    this.#wire.forgetLinks();
    return drained && !this.segment.aborted;
  }

  #blockUntil(done: () => boolean, timeoutMs: number, wanted: Outstanding | null): boolean {
    const until = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    const waiting = this.#waiting;
    waiting.start();
    for (;;) {
      const worked = this.poll(wanted);
      // Done may be, too, what a nested call of a user's callback moved.
      if (done()) return true;
      if (worked) waiting.start();
      else if (!waiting.goOn()) {
        if (until !== Infinity && performance.now() >= until) return false;
        // What came before the sleep was announced woke nobody.
        this.#bed.sleep((inSockets) => (this.#poll(!inSockets, wanted) || done() ? 0 : until - performance.now()));
      }
    }
  }

  resume(run: ProgramRun): void {
    this.#resumed.push(run);
  }

  within(run: ProgramRun, step: () => void): void {
    const outer = this.#current;
    this.#current = run;
    try {
      step();
    } finally {
      this.#current = outer;
    }
  }

  /** Resumes programs; this is where user code (a reduction's combine) may run. */
  #advance(): boolean {
    let advanced = false;
    for (let run = this.#resumed.shift(); run !== undefined; run = this.#resumed.shift()) {
      run.step();
      advanced = true;
    }
    return advanced;
  }

  readonly #handle = (header: Header, lane: Payload, at: number): void => {
    handle(this.#halves, header, lane, at);
  };

  readonly #never = (condition: Condition): Error | null => this.#failures.never(condition);

  /**
   * The job is over: every call that is outstanding rejects, once. When a dead rank ended it, the agent has said so
   * before: calls that need that rank reject for that reason.
   */
  #abort(): boolean {
    this.#inbound.drainAgent();
    this.#failures.settle(this.#inbound.drainFrom, true);
    const first = !this.#aborted;
    if (first) {
      this.#aborted = true;
      const reason = (operation: Outstanding): Error => this.#failures.endOf(operation);
      const peers = [...this.#wire.known()];
      this.#sender.failAll(peers, reason);
      for (const operation of this.#receiver.outstanding(peers)) operation.complete(reason(operation));
      this.conditions.endAll(reason);
    }
    return this.#advance() || first;
  }
}
