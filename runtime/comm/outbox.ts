/**
 * The sending end of one lane: what does not fit the ring now waits here, in order. It holds references, not copies:
 * each waiting record belongs to a call that is still outstanding, or is a bare header.
 */
import { type Header, Kind } from '../transport/header.ts';
import type { OutgoingLane } from '../transport/lane.ts';
import { seen } from './bytes.ts';
import type { SendOperation } from './operation.ts';

interface Waiting {
  readonly header: Header;
  readonly payload: Uint8Array | null;
  /** Told when the record is in the ring; null for records that belong to no send. */
  readonly operation: SendOperation | null;
}

export class Outbox {
  readonly #lane: OutgoingLane;
  readonly #written: (operation: SendOperation) => void;
  #records: Waiting[] = [];
  /** Sends whose receiver has asked for bytes that are not yet in the ring; served in turn, a chunk each. */
  #transfers: SendOperation[] = [];
  /** Sends that the lane has taken, and not yet settled. */
  #unsettled: SendOperation[] = [];

  /** `written` is called when a waiting send's record, or the last byte of a pulled one, is in the ring. */
  constructor(lane: OutgoingLane, written: (operation: SendOperation) => void) {
    this.#lane = lane;
    this.#written = written;
  }

  /** True when nothing waits for the lane. */
  get empty(): boolean {
    return this.#records.length === 0 && this.#transfers.length === 0;
  }

  /** True when all is with who carries it on, too. */
  get idle(): boolean {
    return this.empty && this.#lane.settle();
  }

  /** Writes a record, or lets it wait behind those that wait already. True when it is in the ring. */
  post(header: Header, payload: Uint8Array | null, operation: SendOperation | null): boolean {
    if (this.#records.length === 0 && this.#write(header, payload)) {
      if (this.#lane.settle()) return true;
      if (operation !== null) this.#unsettled.push(operation);
      return false;
    }
    this.#records.push({ header: { ...header }, payload, operation });
    return false;
  }

  /** Serves the bytes of `operation` from `sent` to `pulled`, as the ring has room. */
  transfer(operation: SendOperation): void {
    if (!this.#transfers.includes(operation)) this.#transfers.push(operation);
  }

  /** Forgets a send. True when its first record was still waiting, so that its receiver never hears of it. */
  forget(operation: SendOperation): boolean {
    const transferring = this.#transfers.indexOf(operation);
    if (transferring >= 0) this.#transfers.splice(transferring, 1);
    const waiting = this.#records.findIndex((record) => record.operation === operation);
    if (waiting >= 0) this.#records.splice(waiting, 1);
    const unsettled = this.#unsettled.indexOf(operation);
    if (unsettled >= 0) this.#unsettled.splice(unsettled, 1);
    return waiting >= 0;
  }

  /** Drops everything, because nobody reads the lane any more; gives back the sends whose record was still waiting. */
  clear(): SendOperation[] {
    const dropped = this.#records.flatMap(({ operation }) => operation ?? []).concat(this.#unsettled);
    this.#records = [];
    this.#transfers = [];
    this.#unsettled = [];
    return dropped;
  }

  /** Moves what waits into the ring. True when something moved; the rest waits for the consumer's wake. */
  flush(scratch: Header): boolean {
    let moved = this.#settle();
    let written = 0;
    for (const record of this.#records) {
      if (!this.#write(record.header, record.payload)) break;
      written += 1;
      if (record.operation !== null) this.#gone(record.operation);
    }
    if (written > 0) this.#records.splice(0, written);
    moved ||= written > 0;
    if (this.#records.length > 0) return moved;
    for (;;) {
      const operation = this.#transfers.shift();
      if (operation === undefined) return moved;
      if (!this.#writeChunk(operation, scratch)) {
        this.#transfers.unshift(operation);
        return moved;
      }
      moved = true;
      if (operation.sent === operation.data.byteLength) this.#gone(operation);
      else if (operation.sent < operation.pulled) this.#transfers.push(operation);
    }
  }

  /** The last record of a send is with the lane. */
  #gone(operation: SendOperation): void {
    if (this.#lane.settle()) this.#written(operation);
    else this.#unsettled.push(operation);
  }

  /** Tells the sends that the lane has settled by now. */
  #settle(): boolean {
    if (this.#unsettled.length === 0 || !this.#lane.settle()) return false;
    const settled = this.#unsettled;
    this.#unsettled = [];
    for (const operation of settled) this.#written(operation);
    return true;
  }

  #writeChunk(operation: SendOperation, header: Header): boolean {
    const { sent, data } = operation;
    const bytes = Math.min(this.#lane.chunkBytes, operation.pulled - sent);
    header.kind = Kind.data;
    header.flags = 0;
    header.format = operation.format;
    header.communicator = operation.context;
    header.destination = operation.destination;
    header.tag = operation.tag;
    header.sequence = operation.sequence;
    header.bytes = data.byteLength;
    header.offset = sent;
    header.payloadBytes = bytes;
    if (!this.#write(header, bytes === data.byteLength ? seen(data) : data.subarray(sent, sent + bytes))) return false;
    operation.sent = sent + bytes;
    return true;
  }

  #write(header: Header, payload: Uint8Array | null): boolean {
    const lane = this.#lane;
    if (lane.tryPost(header, payload)) return true;
    // Ask first, then look again: space that came free in between would otherwise wake nobody.
    lane.wantSpace();
    return lane.tryPost(header, payload);
  }
}
