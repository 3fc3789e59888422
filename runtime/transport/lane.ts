/**
 * A ring with a bell at both ends: a write marks the ring in its consumer's bitmap and wakes the consumer, a read that
 * frees space wakes a producer that waits for it. Nobody has to remember to.
 */
import { chunkBytesMax } from '../core/limits.ts';
import { type Header, headerBytes } from './header.ts';
import { readHeader, writeHeader } from './header-codec.ts';
import { Ring } from './ring.ts';

/** Where a rank puts what it sends: a lane to another rank, the one to its agent, or a socket. */
export interface OutgoingLane {
  /** What a long message is cut into. */
  readonly chunkBytes: number;
  /** Producer: writes a record and wakes its reader. False when there is no room. */
  tryPost(header: Header, payload: Uint8Array | null): boolean;
  /** Producer: asks to be woken when there is room; it must try once more after this call, and only then sleep. */
  wantSpace(): void;
  /** Producer: true when all that was posted is out of this rank's hands; moves what is not, as far as it can. */
  settle(): boolean;
}

/** Where the payload of a record lies until it was handled. */
export interface Payload {
  /** Copies `bytes` bytes at `at` to the start of `target`. */
  copyOut(target: Uint8Array, at: number, bytes: number): void;
}

/** A copy of the payload of a record. */
export function payloadOf({ payloadBytes }: Header, lane: Payload, at: number): Uint8Array {
  const payload = new Uint8Array(payloadBytes);
  lane.copyOut(payload, at, payloadBytes);
  return payload;
}

/** A queue of messages that ends at a rank, or starts there: from another rank, or by way of the agent. */
export interface MessageLane extends OutgoingLane, Payload {
  /**
   * Consumer: reads the header of the oldest record into `header` and gives the offset of its payload, for `copyOut`;
   * -1 when there is none. It stays until `consume`.
   */
  next(header: Header): number;
  consume(): void;
}

/** Where a lane rings its bells. All words lie in the segment, so they work wherever the segment is mapped. */
export interface LaneEnds {
  /** All words of the segment. */
  readonly words: Int32Array;
  /** Index of the consumer's bitmap word that has a bit for this lane, and that bit. */
  readonly readyWord: number;
  readonly readyBit: number;
  /** Wakes the thread that reads this lane, or that writes it. */
  wakeConsumer(): void;
  wakeProducer(): void;
}

export class Lane extends Ring implements MessageLane {
  readonly chunkBytes = chunkBytesMax;
  readonly #ends: LaneEnds;

  constructor(buffer: SharedArrayBuffer, byteOffset: number, capacityBytes: number, ends: LaneEnds) {
    super(buffer, byteOffset, capacityBytes);
    this.#ends = ends;
  }

  /**
   * Publishes, marks and wakes. A bit that is still set was set by an earlier write of this same producer, whose wake
   * went out after it: a consumer that is yet to poll will find this record too, so nothing more is due.
   */
  override commit(): void {
    super.commit();
    const { words, readyWord, readyBit } = this.#ends;
    if ((Atomics.load(words, readyWord) & readyBit) !== 0) return;
    Atomics.or(words, readyWord, readyBit);
    this.#ends.wakeConsumer();
  }

  /** Frees the record's space and wakes a producer that waits for it. */
  override consume(): void {
    super.consume();
    if (this.takeSpaceWanted()) this.#ends.wakeProducer();
  }

  tryPost(header: Header, payload: Uint8Array | null): boolean {
    const at = this.reserve(headerBytes + header.payloadBytes);
    if (at < 0) return false;
    writeHeader(this.view, at, header);
    if (payload !== null && payload.byteLength > 0) this.bytes.set(payload, at + headerBytes);
    this.commit();
    return true;
  }

  /** What is in shared memory outlives its writer. */
  settle(): boolean {
    return true;
  }

  next(header: Header): number {
    const at = this.peek();
    if (at < 0) return -1;
    readHeader(this.view, at, header);
    return at + headerBytes;
  }

  copyOut(target: Uint8Array, at: number, bytes: number): void {
    if (bytes > 0) target.set(this.bytes.subarray(at, at + bytes));
  }

  /** Consumer: marks the lane again, after it stopped before the lane was empty, so that its next poll comes back. */
  markReady(): void {
    Atomics.or(this.#ends.words, this.#ends.readyWord, this.#ends.readyBit);
  }

  /**
   * Producer: `tryWrite`, and when the lane is full, asks to be woken (on the producer's own wake word) once there is
   * space. False means: keep the record, sleep or go on, and try again when woken.
   */
  writeOrAsk(...parts: readonly Uint8Array[]): boolean {
    if (this.tryWrite(...parts)) return true;
    this.wantSpace();
    return this.tryWrite(...parts);
  }
}
