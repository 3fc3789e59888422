/**
 * The queue from one rank to another of the same segment: one producer, one consumer, made for one cache line per
 * short message.
 *
 * Cells of 64 bytes. A record takes one or more of them in a row; the first word of its first cell is its state, zero
 * until the record is published, and the receiver looks at nothing else. After it the header, short (32 bytes with the
 * state, for whole messages) or long (48, with everything `header.ts` knows), then the payload. The consumer zeroes the
 * first word of every cell that it frees, so that old bytes never look like a record.
 */
import { type Header, Kind } from './header.ts';
import type { MessageLane } from './lane.ts';

const cellBytes = 64;
/** Two lines: what the consumer has freed, and whether the producer waits for it. */
const controlBytes = 128;
const headWord = 0;
const wantWord = 16;

/** The state of a record: payload bytes in the low 24 bits, and which header it has; or: go on at the start. */
const shortHeader = 1 << 28;
const longHeader = 1 << 29;
const skipMark = 1 << 30;
const payloadMask = (1 << 24) - 1;
const shortBytes = 32;
const longBytes = 48;

/** The segment, as far as a lane needs it. */
export interface LaneGround {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bedsides: { wake(rank: number): void };
  copyIn(offset: number, source: Uint8Array): void;
  copyOut(target: Uint8Array, offset: number, bytes: number): void;
}

export class PairLane implements MessageLane {
  readonly from: number;
  readonly to: number;
  readonly chunkBytes: number;
  readonly #segment: LaneGround;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  /** Index of the first control word, and of the first data word. */
  readonly #control: number;
  readonly #data: number;
  readonly #cells: number;
  /** Both count cells modulo 2^32. */
  #tail = 0;
  #head = 0;
  /** Producer: the head as it was last seen. */
  #headSeen = 0;
  /** Of the record that is being written, and of the one that is being read: a rank may write to itself meanwhile. */
  #reservedCells = 0;
  #recordCells = 0;

  static bytesFor(capacityBytes: number): number {
    return controlBytes + capacityBytes;
  }

  /** One end of the lane at `offset`; zeroed memory is an empty lane. An end has one object, made before it is used. */
  constructor(segment: LaneGround, from: number, to: number, offset: number, capacityBytes: number) {
    this.from = from;
    this.to = to;
    this.#segment = segment;
    this.#words = segment.words;
    this.#floats = segment.floats;
    this.#control = offset / 4;
    this.#data = (offset + controlBytes) / 4;
    this.#cells = capacityBytes / cellBytes;
    // The sender fills some while the receiver empties another.
    this.chunkBytes = capacityBytes / 4 - cellBytes;
  }

  /** Producer: writes a record, and wakes its reader. False when there is no room; `wantSpace` asks to be woken. */
  tryPost(header: Header, payload: Uint8Array | null): boolean {
    const short = header.kind === Kind.eager && header.flags === 0;
    const payloadBytes = payload === null ? 0 : payload.byteLength;
    const headBytes = short ? shortBytes : longBytes;
    const at = this.#reserve(headBytes + payloadBytes);
    if (at < 0) return false;
    const words = this.#words;
    words[at + 1] = header.kind | (header.flags << 8) | (header.format << 16);
    words[at + 2] = header.communicator;
    words[at + 3] = header.tag;
    words[at + 4] = header.signature;
    if (!short) {
      const floats = this.#floats;
      const half = (at + 6) / 2;
      words[at + 5] = header.epoch;
      floats[half] = header.sequence;
      floats[half + 1] = header.bytes;
      floats[half + 2] = header.offset;
    }
    if (payloadBytes > 0 && payload !== null) this.#segment.copyIn(at * 4 + headBytes, payload);
    Atomics.store(words, at, payloadBytes | (short ? shortHeader : longHeader));
    this.#tail = (this.#tail + this.#reservedCells) | 0;
    this.#segment.bedsides.wake(this.to);
    return true;
  }

  /** Consumer: true when a record is here. */
  get ready(): boolean {
    return Atomics.load(this.#words, this.#data + (this.#head & (this.#cells - 1)) * 16) !== 0;
  }

  /**
   * Consumer: reads the header of the oldest record into `header` and gives the offset of its payload in the segment,
   * or -1 when there is none. The record stays until `consume`. Source and destination are those of the lane.
   */
  next(header: Header): number {
    let at = this.#data + (this.#head & (this.#cells - 1)) * 16;
    let state = Atomics.load(this.#words, at);
    if (state === 0) return -1;
    const words = this.#words;
    if (state === skipMark) {
      words[at] = 0;
      this.#head = (this.#head + this.#cells - (this.#head & (this.#cells - 1))) | 0;
      at = this.#data;
      state = Atomics.load(words, at);
      if (state === 0) return -1;
    }
    const payloadBytes = state & payloadMask;
    const long = (state & longHeader) !== 0;
    const first = words[at + 1] ?? 0;
    header.kind = (first & 0xff) as Kind;
    header.flags = (first >>> 8) & 0xff;
    header.format = first >>> 16;
    header.communicator = words[at + 2] ?? 0;
    header.tag = words[at + 3] ?? 0;
    header.signature = words[at + 4] ?? 0;
    header.payloadBytes = payloadBytes;
    if (!long) {
      header.sequence = 0;
      header.bytes = payloadBytes;
      header.offset = 0;
      this.#recordCells = (shortBytes + payloadBytes + cellBytes - 1) >>> 6;
      return at * 4 + shortBytes;
    }
    const half = (at + 6) / 2;
    header.epoch = words[at + 5] ?? 0;
    header.sequence = this.#floats[half] ?? 0;
    header.bytes = this.#floats[half + 1] ?? 0;
    header.offset = this.#floats[half + 2] ?? 0;
    this.#recordCells = (longBytes + payloadBytes + cellBytes - 1) >>> 6;
    return at * 4 + longBytes;
  }

  /** Consumer: frees the record that `next` found. */
  consume(): void {
    const words = this.#words;
    const first = this.#data + (this.#head & (this.#cells - 1)) * 16;
    for (let at = first, end = first + this.#recordCells * 16; at < end; at += 16) words[at] = 0;
    this.#head = (this.#head + this.#recordCells) | 0;
    Atomics.store(words, this.#control + headWord, this.#head);
    if (Atomics.load(words, this.#control + wantWord) !== 0) {
      Atomics.store(words, this.#control + wantWord, 0);
      this.#segment.bedsides.wake(this.from);
    }
  }

  /** Producer: asks to be woken when room comes free; it must try once more before it sleeps. */
  wantSpace(): void {
    Atomics.store(this.#words, this.#control + wantWord, 1);
  }

  copyOut(target: Uint8Array, at: number, bytes: number): void {
    this.#segment.copyOut(target, at, bytes);
  }

  /** Index of the first word of a record of `bytes` bytes, or -1. */
  #reserve(bytes: number): number {
    const cells = (bytes + cellBytes - 1) >>> 6;
    const position = this.#tail & (this.#cells - 1);
    const untilEnd = this.#cells - position;
    const skip = cells > untilEnd ? untilEnd : 0;
    if (this.#cells - ((this.#tail - this.#headSeen) | 0) < cells + skip) {
      this.#headSeen = Atomics.load(this.#words, this.#control + headWord);
      if (this.#cells - ((this.#tail - this.#headSeen) | 0) < cells + skip) return -1;
    }
    this.#reservedCells = cells;
    if (skip === 0) return this.#data + position * 16;
    Atomics.store(this.#words, this.#data + position * 16, skipMark);
    this.#tail = (this.#tail + skip) | 0;
    return this.#data;
  }
}
