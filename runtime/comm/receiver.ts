/**
 * The receiving half of the message protocol: envelopes are matched, bytes go to where their receive wants them, and
 * credit goes back as messages are consumed (`docs/PROTOCOL.md`).
 */
import { eagerCreditBytes, pullWindowBytes } from '../core/limits.ts';
import { type Header, headerBytes, Kind } from '../transport/header.ts';
import type { Payload } from '../transport/lane.ts';
import { copyFront, roomFor, seen } from './bytes.ts';
import { lostError } from './lost-error.ts';
import { Matching } from './matching.ts';
import { Message } from './message.ts';
import type { Incoming, ReceiveOperation } from './operation.ts';
import type { Peer, Wire } from './wire.ts';

/** Credit goes back in such pieces: often enough that a steady sender never runs out, seldom enough to be free. */
const creditBatchBytes = eagerCreditBytes / 8;
/** Bytes are asked for in pieces of at least this size, so that asking costs little and the pipe never runs dry. */
const pullBatchBytes = pullWindowBytes / 2;

export class Receiver {
  readonly matching = new Matching<Incoming, ReceiveOperation>();
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Gives a receive the message it wants if that is here already. False: it is to be posted (or refused). */
  start(operation: ReceiveOperation): boolean {
    this.matching.numberPosted(operation);
    return this.#retry(operation);
  }

  /** Takes the oldest message that fits off its queue. It counts as matched: its credit goes back, its sender hears. */
  claim(context: number, source: number, tag: number): Incoming | null {
    const message = this.matching.find(context, source, tag);
    if (message === null) return null;
    this.matching.remove(message);
    this.#matched(message);
    return message;
  }

  /** Forgets a message that is off its queue. */
  drop(message: Incoming): void {
    message.dropped = true;
    this.#matched(message);
  }

  /** Receives a claimed message. */
  startFixed(operation: ReceiveOperation, message: Incoming): void {
    operation.fixed = true;
    if (message.lost !== null) {
      operation.complete(lostError(operation, message));
      return;
    }
    const refusal = operation.refuse(message.bytes, message.format);
    if (refusal !== null) operation.complete(operation.failure(refusal.code, refusal.what, refusal.remedy));
    else this.#begin(operation, message);
  }

  /** A message, or the announcement of one. Its payload is still in the lane, at `at`. */
  arrived(header: Header, lane: Payload, at: number, peer: Peer): void {
    const operation = this.#wanting(header.communicator, header.source, header.tag, header.bytes, header.format);
    if (operation !== null && header.kind === Kind.eager && !operation.probes) {
      // The fast path: from the ring to where the user wants it, with nothing in between.
      const target = operation.open(header.bytes, header.format);
      if (header.bytes > 0) lane.copyOut(seen(target), at, header.bytes);
      const message = new Message<ReceiveOperation>(header);
      message.cost = headerBytes + header.bytes;
      operation.message = message;
      this.#matched(message, peer);
      operation.bytes = header.bytes;
      operation.complete();
      return;
    }
    const message = this.#receive(header, lane, at, peer);
    if (operation === null) this.matching.keep(message);
    else this.#begin(operation, message);
  }

  /** Where the payload of a `data` record is to go; null: its message is not known, or over. */
  place({ source, sequence, offset, payloadBytes }: Header): Uint8Array | null {
    const message = this.#wire.peer(source).incoming.get(sequence);
    const buffer = message === undefined ? null : message.open();
    // What would not fit is for `data` to deal with.
    if (buffer === null || offset + payloadBytes > buffer.byteLength) return null;
    return buffer.subarray(offset, offset + payloadBytes);
  }

  /** A piece of a pulled message; `at` is -1 when it is in its place. */
  data(header: Header, lane: Payload, at: number, peer: Peer): void {
    const { offset, payloadBytes } = header;
    const message = peer.incoming.get(header.sequence);
    const unasked = Math.max(Math.min((message?.pushed ?? 0) - offset, payloadBytes), 0);
    peer.pullRoom += payloadBytes - unasked;
    const buffer = message === undefined ? null : message.open();
    if (message !== undefined && buffer !== null) {
      if (payloadBytes > 0 && at >= 0) lane.copyOut(buffer.subarray(offset, offset + payloadBytes), at, payloadBytes);
      message.received += payloadBytes;
      if (message.cost > 0 && (message.operation !== null || message.dropped)) this.#matched(message, peer);
      if (message.received === message.bytes) this.#complete(message, peer);
    }
    this.#pull(peer);
  }

  /** The sender cancelled a message before all of it was sent. */
  withdrawn(header: Header, peer: Peer): void {
    const message = peer.incoming.get(header.sequence) ?? this.#keptEager(header);
    if (message !== null) this.#lose(message, peer, 'withdrawn');
    this.#pull(peer);
  }

  /** Ends a receive early with `error`. A message that it was taking stays whole, and first in its queue. */
  cancel(operation: ReceiveOperation, error: Error): void {
    if (operation.done) return;
    const { message } = operation;
    if (message === null) {
      this.matching.remove(operation);
    } else {
      message.operation = null;
      // Its bytes are on their way and cannot be asked for twice: they go on into memory of the message's own.
      const own = roomFor(message.bytes);
      if (message.buffer !== null) copyFront(own, message.buffer, message.received);
      message.buffer = own;
    }
    operation.complete(error);
    if (message === null || operation.fixed) return;
    // A receive posted later may have waited for it all along.
    const other = this.#wanting(message.context, message.source, message.tag, message.bytes, message.format);
    if (other === null) this.matching.keep(message);
    else this.#begin(other, message);
  }

  /** Nothing more comes from `peer`: its half-sent messages are lost. Whole ones, here or in the segment, stay. */
  peerGone(peer: Peer, how: 'returned' | 'failed'): void {
    for (const message of [...peer.incoming.values()]) if (message.place === 0) this.#lose(message, peer, how);
    peer.pulls.length = 0;
  }

  /** Every receive that is outstanding: waiting for a message, or for the rest of one. */
  outstanding(peers: Iterable<Peer>): ReceiveOperation[] {
    const all = this.matching.takePosted(() => true);
    for (const peer of peers) {
      for (const { operation } of peer.incoming.values()) if (operation !== null) all.push(operation);
    }
    return all;
  }

  /** The first posted receive that wants and can take such a message; those that cannot are refused on the way. */
  #wanting(context: number, source: number, tag: number, bytes: number, format: number): ReceiveOperation | null {
    for (;;) {
      const operation = this.matching.match(context, source, tag);
      if (operation === null) return null;
      const refusal = operation.refuse(bytes, format);
      if (refusal === null) return operation;
      operation.complete(operation.failure(refusal.code, refusal.what, refusal.remedy));
    }
  }

  #retry(operation: ReceiveOperation): boolean {
    const message = this.matching.find(operation.context, operation.source, operation.tag);
    if (message === null) return false;
    const refusal = operation.refuse(message.bytes, message.format);
    if (refusal !== null) {
      operation.complete(operation.failure(refusal.code, refusal.what, refusal.remedy));
      return true;
    }
    this.matching.remove(message);
    this.#begin(operation, message);
    return true;
  }

  /** An envelope as an object, with its payload copied out of the ring. */
  #receive(header: Header, lane: Payload, at: number, peer: Peer): Incoming {
    const message = new Message<ReceiveOperation>(header);
    this.matching.numberArrival(message);
    if (message.announced) {
      peer.incoming.set(message.sequence, message);
      if (message.pushed > 0) message.cost = headerBytes + message.pushed;
    } else {
      message.payload = new Uint8Array(header.bytes);
      lane.copyOut(seen(message.payload), at, header.bytes);
      message.cost = headerBytes + header.bytes;
    }
    return message;
  }

  #begin(operation: ReceiveOperation, message: Incoming): void {
    operation.message = message;
    this.#matched(message);
    const { payload } = message;
    if (payload !== null && !operation.probes) {
      if (!operation.adopt(payload)) copyFront(operation.open(message.bytes, message.format), payload, message.bytes);
      message.payload = null;
    }
    if (payload !== null || operation.probes) {
      operation.bytes = message.bytes;
      operation.complete();
      return;
    }
    const peer = this.#wire.peer(message.source);
    const target = operation.open(message.bytes, message.format);
    if (message.place > 0) {
      message.operation = operation;
      this.#wire.read(seen(target), message, peer);
      this.#complete(message, peer);
      return;
    }
    // What came of it already: unasked, or before an earlier receive gave it up in the middle.
    if (message.buffer !== null) copyFront(target, message.buffer, message.received);
    message.operation = operation;
    message.buffer = target;
    if (message.asked) return;
    message.asked = true;
    if (message.pulled === message.bytes && message.bytes > 0) return;
    peer.pulls.push(message);
    this.#pull(peer);
  }

  /** An eager message of `peer` that took so much credit is where its receiver wants it. */
  consumed(peer: Peer, cost: number): void {
    peer.owed += cost;
    if (peer.owed < creditBatchBytes) return;
    this.#wire.control(peer, Kind.credit, 0, peer.owed, 0);
    peer.owed = 0;
  }

  /** Tells the sender what it waits to know about a message that found its receive. */
  #matched(message: Incoming, peer: Peer = this.#wire.peer(message.source)): void {
    // What comes unasked is paid for until it is here.
    if (message.cost > 0 && message.received >= message.pushed) {
      this.consumed(peer, message.cost);
      message.cost = 0;
      if (message.synchronous) this.#wire.control(peer, Kind.matched, message.sequence, 0, 0);
    }
  }

  /** Asks for as much as may be in flight from `peer`, of its oldest message first. */
  #pull(peer: Peer): void {
    for (;;) {
      const message = peer.pulls[0];
      if (message === undefined) return;
      const rest = message.bytes - message.pulled;
      if (peer.pullRoom < Math.min(rest, pullBatchBytes)) return;
      const bytes = Math.min(rest, peer.pullRoom);
      const offset = message.pulled;
      message.pulled += bytes;
      peer.pullRoom -= bytes;
      if (message.pulled === message.bytes) peer.pulls.shift();
      this.#wire.control(peer, Kind.pull, message.sequence, bytes, offset);
    }
  }

  #complete(message: Incoming, peer: Peer): void {
    peer.incoming.delete(message.sequence);
    const { operation } = message;
    message.operation = null;
    if (operation === null) {
      // Nobody takes it yet: from now on it is like any message that came whole.
      message.payload = message.buffer;
      message.buffer = null;
      return;
    }
    message.buffer = null;
    operation.bytes = message.bytes;
    operation.complete();
  }

  #lose(message: Incoming, peer: Peer, how: 'withdrawn' | 'returned' | 'failed'): void {
    peer.incoming.delete(message.sequence);
    const waiting = peer.pulls.indexOf(message);
    if (waiting >= 0) peer.pulls.splice(waiting, 1);
    // What was asked for and will not come no longer counts as in flight.
    peer.pullRoom += message.pulled - Math.max(message.received, message.pushed);
    this.consumed(peer, message.cost);
    message.cost = 0;
    message.lost = how;
    this.matching.remove(message);
    const { operation } = message;
    if (operation === null) return;
    message.operation = null;
    operation.message = null;
    if (how === 'withdrawn' && !operation.fixed) {
      // As if it had never been matched: it keeps its place among the posted receives.
      if (!this.#retry(operation)) this.matching.post(operation);
    } else {
      operation.complete(lostError(operation, message));
    }
  }

  /** A synchronous eager message that nobody has received yet: it can still be undone. */
  #keptEager(header: Header): Incoming | null {
    const found = this.matching.takeArrived(
      (message) => message.source === header.source && message.sequence === header.sequence,
    );
    const message = found[0] ?? null;
    if (message !== null) this.#matched(message);
    return message;
  }
}
