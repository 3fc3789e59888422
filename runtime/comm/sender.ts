/**
 * The sending half of the message protocol. A short message goes at once, as long as its receiver has credit for it;
 * any other is announced, and its bytes go when the receiver asks for them (`docs/PROTOCOL.md`).
 */
import {
  chunkBytesMax,
  eagerBytesMax,
  pushBytesMax,
  readInPlaceBytesMin,
  stagedEagerBytesMax,
} from '../core/limits.ts';
import { Flag, type Header, headerBytes, Kind } from '../transport/header.ts';
import { seen } from './bytes.ts';
import type { SendOperation } from './operation.ts';
import type { Peer, Wire } from './wire.ts';

export class Sender {
  readonly #wire: Wire;
  /** Sends that wait for an answer, by sequence. */
  readonly #unanswered = new Map<number, SendOperation>();
  #sequence = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Starts a send. `peer` is its destination, and not gone. */
  start(operation: SendOperation, peer: Peer): void {
    const bytes = operation.data.byteLength;
    const cost = headerBytes + bytes;
    // A synchronous send that may be cancelled is announced: only a pull tells whether it can still be undone.
    const place = operation.mayShow && bytes >= readInPlaceBytesMin ? this.#wire.placeOf(operation.data, peer) : 0;
    const fits = bytes <= eagerBytesMax || (bytes <= stagedEagerBytesMax && peer.lane?.stages === true);
    const eager = place === 0 && fits && cost <= peer.credit && !(operation.synchronous && operation.cancellable);
    this.#sequence += 1;
    operation.sequence = this.#sequence;
    operation.place = place;
    // What may be ended early waits for its receiver: until then it can be undone.
    if (place === 0 && !eager && !operation.synchronous && !operation.cancellable) {
      operation.place = this.#wire.stage(operation.data, operation.sequence, peer);
      operation.isStaged = operation.place > 0;
    }
    const { header } = this.#wire;
    header.kind = eager ? Kind.eager : Kind.announce;
    header.flags = (operation.synchronous ? Flag.synchronous : 0) | (operation.place > 0 ? Flag.shown : 0);
    header.format = operation.format;
    header.communicator = operation.context;
    header.tag = operation.tag;
    header.sequence = operation.sequence;
    header.bytes = bytes;
    header.offset = operation.place;
    operation.eager = eager;
    if ((!eager && !operation.isStaged) || operation.synchronous) this.#unanswered.set(operation.sequence, operation);
    if (eager) operation.cost = cost;
    else if (operation.place === 0) this.#push(operation, peer);
    peer.credit -= operation.cost;
    operation.state = 'queued';
    if (this.#wire.send(peer, eager ? seen(operation.data) : null, operation)) this.written(operation);
    if (operation.pulled > 0) this.#wire.transfer(peer, operation, true);
  }

  /** Lets the front of a message that is announced follow at once, where it goes by a link and there is credit. */
  #push(operation: SendOperation, peer: Peer): void {
    if (peer.index >= 0 || operation.synchronous) return;
    const most = Math.min(operation.data.byteLength, pushBytesMax);
    const room = peer.credit - headerBytes;
    const bytes = most <= room ? most : Math.floor(room / chunkBytesMax) * chunkBytesMax;
    if (bytes <= 0) return;
    operation.cost = headerBytes + bytes;
    operation.pulled = bytes;
    this.#wire.header.offset = bytes;
  }

  /** The waiting record of `operation`, or its last pulled byte, is in the ring. */
  written(operation: SendOperation): void {
    if (operation.state === 'queued') {
      if (!operation.eager && !operation.isStaged) operation.state = operation.place > 0 ? 'shown' : 'announced';
      else if (operation.synchronous) operation.state = 'unmatched';
      else this.#finish(operation);
    } else if (operation.state === 'announced') {
      this.#unanswered.delete(operation.sequence);
      this.#finish(operation);
    }
  }

  /** The receiver wants more of an announced message. One that was withdrawn meanwhile is unknown, and that is fine. */
  pulled(header: Header, peer: Peer): void {
    const operation = this.#unanswered.get(header.sequence);
    if (operation === undefined || operation.state === 'over') return;
    operation.pulled = header.offset + header.bytes;
    this.#wire.transfer(peer, operation);
  }

  /** The receiver has matched a synchronous eager message, or read one where it was. */
  matched(header: Header): void {
    if (this.#wire.staging.release(header.sequence)) return;
    const operation = this.#unanswered.get(header.sequence);
    if (operation?.state !== 'unmatched' && operation?.state !== 'shown') return;
    this.#unanswered.delete(header.sequence);
    const { closed } = operation.group;
    // Shown on a communicator that was revoked meanwhile: its receiver may have dropped it.
    if (operation.state === 'shown' && closed?.code === 'ERR_REVOKED') {
      operation.complete(operation.failure(closed.code, closed.what, closed.remedy));
    } else {
      this.#finish(operation);
    }
  }

  /** Ends a send early with `error`. What its receiver may have heard of it is withdrawn. */
  cancel(operation: SendOperation, peer: Peer, error: Error): void {
    if (operation.done) return;
    this.#unanswered.delete(operation.sequence);
    const unheard = peer.outbox?.forget(operation) === true;
    if (operation.isStaged) this.#wire.staging.release(operation.sequence);
    if (unheard) peer.credit += operation.cost;
    else this.#wire.control(peer, Kind.withdraw, operation.sequence, operation.data.byteLength, operation.sent);
    operation.state = 'over';
    operation.complete(error);
  }

  /**
   * `peer` takes nothing more: sends that wait for it fail with what `reason` says. Short ones that it had no space
   * for yet would have been complete without it: they are, unless it `failed`.
   */
  peerGone(peer: Peer, how: 'returned' | 'failed', reason: (operation: SendOperation) => Error): void {
    // A lane of its own has no reader any more. The lane to the agent goes on, and the agent drops what is for it.
    const dropped = peer.index < 0 ? [] : (peer.outbox?.clear() ?? []);
    for (const operation of dropped) {
      const isOut = operation.eager || operation.isStaged;
      if (isOut && !operation.synchronous && how === 'returned') this.#finish(operation);
      else operation.complete(reason(operation));
    }
    this.#wire.staging.releaseAll(peer.rank);
    for (const operation of [...this.#unanswered.values()]) {
      if (operation.destination !== peer.rank) continue;
      this.#unanswered.delete(operation.sequence);
      peer.outbox?.forget(operation);
      operation.state = 'over';
      operation.complete(reason(operation));
    }
  }

  /** Those that wait for an answer. */
  outstanding(): SendOperation[] {
    return [...this.#unanswered.values()];
  }

  /** Every send that waits for an answer, or for space with any of `peers`, is ended with what `reason` says. */
  failAll(peers: Iterable<Peer>, reason: (operation: SendOperation) => Error): void {
    for (const peer of peers) for (const operation of peer.outbox?.clear() ?? []) operation.complete(reason(operation));
    for (const operation of [...this.#unanswered.values()]) operation.complete(reason(operation));
    this.#unanswered.clear();
  }

  #finish(operation: SendOperation): void {
    operation.state = 'over';
    operation.bytes = operation.data.byteLength;
    operation.complete();
  }
}
