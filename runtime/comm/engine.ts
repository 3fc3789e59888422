/**
 * The heart of a rank: takes records out of its queues, hands them to the halves of the protocol, and moves every
 * outstanding call, awaited or blocking. It runs on the rank's thread, whenever a call is made, a blocked call waits,
 * or the event loop is woken.
 */
import { pollRecordsMax } from '../core/limits.ts';
import { type Header, headerBytes, Kind } from '../transport/header.ts';
import { createHeader, readHeader } from '../transport/header-codec.ts';
import type { Lane } from '../transport/lane.ts';
import { Segment } from '../transport/segment.ts';
import { Waiting } from '../transport/waiting.ts';
import { EventLoop } from './event-loop.ts';
import { abortError, Failures } from './failures.ts';
import { type Incoming, type Outstanding, ReceiveOperation, SendOperation } from './operation.ts';
import { ProgramRun, type Runner } from './program-run.ts';
import type { RankContext } from './rank-context.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { Wire } from './wire.ts';

export class Engine implements Runner {
  readonly context: RankContext;
  readonly segment: Segment;
  readonly eventLoop: EventLoop;
  readonly #endpoint: number;
  readonly #waiting: Waiting;
  readonly #wire: Wire;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #failures: Failures;
  /** The header of the record that is being read. */
  readonly #header: Header = createHeader();
  readonly #visit = (from: number): void => {
    this.#drain(this.segment.queue(from, this.#endpoint), pollRecordsMax);
  };
  #worked = false;
  #aborted = false;
  /** Runs whose operations are done. */
  #resumed: ProgramRun[] = [];
  #current: ProgramRun | null = null;

  constructor(context: RankContext) {
    this.context = context;
    this.segment = Segment.attach(context.memory, context.localRanks);
    this.#endpoint = context.localIndex;
    this.#waiting = new Waiting(this.segment, this.#endpoint, context.size);
    this.#wire = new Wire(context, this.segment, (operation) => {
      this.#sender.written(operation);
    });
    this.#sender = new Sender(this.#wire);
    this.#receiver = new Receiver(this.#wire);
    this.#failures = new Failures(context, this.segment, this.#wire, this.#sender, this.#receiver);
    this.eventLoop = new EventLoop(this.segment, this.#endpoint, () => this.poll());
  }

  /** World ranks that failed, in order. */
  get failed(): readonly number[] {
    return this.#failures.failed;
  }

  /** Starts a send or a receive. It may be done, or failed, when this returns. */
  start(operation: SendOperation | ReceiveOperation): void {
    if (this.segment.aborted) {
      this.poll();
      operation.complete(this.#failures.endOf(operation));
      return;
    }
    if (operation instanceof SendOperation) {
      const peer = this.#wire.peer(operation.destination);
      const error = this.#failures.refuseSend(operation, peer);
      if (error !== undefined) operation.complete(error ?? undefined);
      else this.#sender.start(operation, peer);
      return;
    }
    if (this.#receiver.start(operation)) return;
    // What is in the queues came before this call: it may be what is asked for, or say that it never comes.
    this.#receiver.matching.post(operation);
    if (this.segment.anyQueueReady(this.#endpoint)) this.poll();
    if (operation.done || operation.message !== null) return;
    const error = this.#failures.hopeless(operation);
    if (error === null) return;
    this.#receiver.matching.remove(operation);
    operation.complete(error);
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
    if (this.segment.aborted && !this.#failures.anyDeadIn(run.group)) run.complete(abortError(this.segment, run));
    else run.step();
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
    }
  }

  /** Looks after everything that has come. True when anything moved. Never blocks. */
  poll(): boolean {
    if (this.segment.aborted) {
      return this.#abort();
    }
    this.#worked = false;
    this.segment.readyQueues(this.#endpoint, this.#visit);
    if (this.#wire.flush()) this.#worked = true;
    const worked = this.#worked;
    this.#failures.settle(this.#drainAll);
    return this.#advance() || worked;
  }

  /**
   * Blocks the thread until `operation` is done, and moves everything else of this rank meanwhile. False when
   * `timeoutMs` have passed first; then it is still outstanding.
   */
  block(operation: Outstanding, timeoutMs: number): boolean {
    const until = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    for (;;) {
      // Read before the poll: a record that comes after the poll changes it, and the wait below does not sleep.
      const seen = this.segment.epoch(this.#endpoint);
      if (operation.done) return true;
      const worked = this.poll();
      // Done may be, too, what a nested call of a user's callback moved.
      if (isDone(operation)) return true;
      const restMs = until === Infinity ? Infinity : until - performance.now();
      if (restMs <= 0) return false;
      if (!worked) this.#waiting.wait(seen, restMs);
    }
  }

  /**
   * Blocks until everything that was sent is in the rings, where it outlives this thread. False when `timeoutMs` have
   * passed first, or the job was aborted.
   */
  drain(timeoutMs: number): boolean {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const seen = this.segment.epoch(this.#endpoint);
      if (this.segment.aborted) return false;
      this.poll();
      if (this.#wire.idle) return true;
      const restMs = until - performance.now();
      if (restMs <= 0) return false;
      this.segment.sleep(this.#endpoint, seen, restMs);
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

  /** Handles up to `recordsMax` records of a queue. True when there may be more. */
  #drain(lane: Lane, recordsMax: number): boolean {
    for (let records = 0; records < recordsMax; records += 1) {
      const at = lane.peek();
      if (at < 0) return false;
      this.#worked = true;
      try {
        this.#handle(readHeader(lane.view, at, this.#header), lane, at + headerBytes);
      } finally {
        lane.consume();
      }
    }
    lane.markReady();
    return true;
  }

  #handle(header: Header, lane: Lane, at: number): void {
    const peer = this.#wire.peer(header.source);
    switch (header.kind) {
      case Kind.eager:
      case Kind.announce:
        this.#receiver.arrived(header, lane.bytes, at, peer);
        return;
      case Kind.data:
        this.#receiver.data(header, lane.bytes, at, peer);
        return;
      case Kind.withdraw:
        this.#receiver.withdrawn(header, peer);
        return;
      case Kind.pull:
        this.#sender.pulled(header, peer);
        return;
      case Kind.matched:
        this.#sender.matched(header);
        return;
      case Kind.credit:
        peer.credit += header.bytes;
        return;
      case Kind.departed:
      case Kind.failed:
        this.#failures.note(header.source, header.kind === Kind.departed ? 'returned' : 'failed');
        return;
      case Kind.abort: {
        const reason = new TextDecoder().decode(lane.bytes.slice(at, at + header.payloadBytes));
        this.segment.setAbort({ exitCode: header.tag, reason });
        return;
      }
    }
  }

  readonly #drainAll = (lane: Lane): void => {
    while (this.#drain(lane, pollRecordsMax));
  };

  /**
   * The job is over: every call that is outstanding rejects, once. When a dead rank ended it, the agent has said so
   * before: calls that need that rank reject for that reason.
   */
  #abort(): boolean {
    this.#drainAll(this.segment.queue(this.segment.agent, this.#endpoint));
    this.#failures.settle(this.#drainAll);
    const first = !this.#aborted;
    if (first) {
      this.#aborted = true;
      const reason = (operation: Outstanding): Error => this.#failures.endOf(operation);
      const peers = [...this.#wire.known()];
      this.#sender.failAll(peers, reason);
      for (const operation of this.#receiver.outstanding(peers)) operation.complete(reason(operation));
    }
    return this.#advance() || first;
  }
}

/** Apart, so that the compiler does not take an earlier look for the last word. */
function isDone(operation: Outstanding): boolean {
  return operation.done;
}
