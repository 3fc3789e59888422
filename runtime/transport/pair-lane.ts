/**
 * The queue from one rank to another of the same segment: one producer, one consumer, made for one cache line per
 * short message, or less.
 *
 * Cells of 32 bytes, two to a line: what few bytes cost is the lines that go from core to core. A record takes one or
 * more cells in a row; the first word of its first cell is its state, zero until the record is published, and the
 * receiver looks at nothing else. After it the header, short (16 bytes with the state, for whole messages) or long (48,
 * with everything `header.ts` knows), then the payload.
 *
 * Old bytes must never look like a record, and a consumer that zeroed what it frees would take each line away from the
 * producer once more. So the producer zeroes: when a record is visible, the first word of the cell behind it is zero or
 * a record. It does so ahead, while nobody waits for it: that also brings back the lines of which the consumer has
 * copies, many in the time that one takes. The consumer writes nothing but, now and then, how far it has come.
 */
import { elementShifts } from '../core/element-constructors.ts';
import type { Bedsides } from './bedsides.ts';
import { type Header, Kind } from './header.ts';
import type { MessageLane } from './lane.ts';
import { type Parcel, Taken } from './parcel.ts';
import type { Region } from './region.ts';

const cellBytes = 32;
const cellShift = 5;
const cellWords = cellBytes / 4;
/** Two lines: what the consumer has freed, and whether the producer waits for it. */
const controlBytes = 128;
const headWord = 0;
const wantWord = 16;
/** Index of the first word of the first cell. */
const dataWord = controlBytes / 4;

/** The state of a record: payload bytes in the low 24 bits, and which header it has; or: go on at the start. */
const shortHeader = 1 << 28;
const longHeader = 1 << 29;
const skipMark = 1 << 30;
const payloadMask = (1 << 24) - 1;
const shortBytes = 16;
const longBytes = 48;
/** Format of bytes. */
const bytesFormat = 2;

/** Places of its ranks in the segment, and its size. */
export interface LanePlace {
  readonly from: number;
  readonly to: number;
  readonly capacityBytes: number;
}

/** Fewer cells than this are zeroed: time to zero so many, and as many as the last record had. */
const cellsAheadMin = 4;
const cellsAhead = 32;
const cellsAheadMax = 160;

export class PairLane implements MessageLane {
  readonly from: number;
  readonly to: number;
  readonly chunkBytes: number;
  readonly #bedsides: Bedsides;
  readonly #region: Region;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #cells: number;
  /** Both count cells modulo 2^32. */
  #tail = 0;
  #head = 0;
  /** Producer: the head as it was last seen. Consumer: the head as it was last told. */
  #headSeen = 0;
  #headTold = 0;
  /** Producer: up to where the first words of cells are zero. */
  #zeroed = 1;
  /** Of the record that is being written, and of the one that is being read: a rank may write to itself meanwhile. */
  #reservedCells = 0;
  #recordCells = 0;

  static bytesFor(capacityBytes: number): number {
    return controlBytes + capacityBytes;
  }

  /** One end of the lane in `region`; zeroed memory is an empty lane. An end has one object, made before it is used. */
  constructor(region: Region, bedsides: Bedsides, { from, to, capacityBytes }: LanePlace) {
    this.from = from;
    this.to = to;
    this.#bedsides = bedsides;
    this.#region = region;
    this.#words = region.words;
    this.#floats = region.floats;
    this.#cells = capacityBytes / cellBytes;
    // The sender fills some while the receiver empties another.
    this.chunkBytes = capacityBytes / 4 - cellBytes;
  }

  /** Makes used memory of `bytesFor(capacityBytes)` bytes at `offset` an empty lane, for a constructor that follows. */
  static clear(words: Int32Array, offset: number): void {
    const control = offset / 4;
    words.fill(0, control, control + (controlBytes + cellBytes) / 4);
  }

  /** Producer: writes a record, and wakes its reader. False when there is no room; `wantSpace` asks to be woken. */
  tryPost(header: Header, payload: Uint8Array | null): boolean {
    const short = header.kind === Kind.eager && header.flags === 0 && header.signature === 0;
    const payloadBytes = payload === null ? 0 : payload.byteLength;
    const headBytes = short ? shortBytes : longBytes;
    const at = this.#reserve(headBytes + payloadBytes);
    if (at < 0) return false;
    const words = this.#words;
    words[at + 1] = header.kind | (header.flags << 8) | (header.format << 16);
    words[at + 2] = header.communicator;
    words[at + 3] = header.tag;
    if (!short) {
      words[at + 4] = header.signature;
      const floats = this.#floats;
      const half = (at + 6) / 2;
      words[at + 5] = header.epoch;
      floats[half] = header.sequence;
      floats[half + 1] = header.bytes;
      floats[half + 2] = header.offset;
    }
    if (payload !== null) this.#region.write(at * 4 + headBytes, bytesFormat, payload, payloadBytes);
    this.#publish(at, payloadBytes | (short ? shortHeader : longHeader));
    return true;
  }

  /** Producer: the same for a whole message. */
  tryPostArray({ communicator, tag, format, array, length }: Parcel): boolean {
    const payloadBytes = length << (elementShifts[format] ?? 0);
    const at = this.#reserve(shortBytes + payloadBytes);
    if (at < 0) return false;
    const words = this.#words;
    this.#region.write(at * 4 + shortBytes, format, array, length);
    words[at + 1] = Kind.eager | (format << 16);
    words[at + 2] = communicator;
    words[at + 3] = tag;
    this.#publish(at, payloadBytes | shortHeader);
    return true;
  }

  /** Consumer: true when a record seems to be here. */
  get ready(): boolean {
    return this.#words[dataWord + (this.#head & (this.#cells - 1)) * cellWords] !== 0;
  }

  /**
   * Consumer: reads the header of the oldest record into `header` and gives the offset of its payload in the segment,
   * or -1 when there is none. The record stays until `consume`. Source and destination are those of the lane.
   */
  next(header: Header): number {
    const at = this.#first();
    if (at < 0) return -1;
    const words = this.#words;
    const state = words[at] ?? 0;
    const payloadBytes = state & payloadMask;
    const long = (state & longHeader) !== 0;
    const first = words[at + 1] ?? 0;
    header.kind = (first & 0xff) as Kind;
    header.flags = (first >>> 8) & 0xff;
    header.format = first >>> 16;
    header.communicator = words[at + 2] ?? 0;
    header.tag = words[at + 3] ?? 0;
    header.payloadBytes = payloadBytes;
    if (!long) {
      header.signature = 0;
      header.sequence = 0;
      header.bytes = payloadBytes;
      header.offset = 0;
      this.#recordCells = (shortBytes + payloadBytes + cellBytes - 1) >>> cellShift;
      return at * 4 + shortBytes;
    }
    const half = (at + 6) / 2;
    header.signature = words[at + 4] ?? 0;
    header.epoch = words[at + 5] ?? 0;
    header.sequence = this.#floats[half] ?? 0;
    header.bytes = this.#floats[half + 1] ?? 0;
    header.offset = this.#floats[half + 2] ?? 0;
    this.#recordCells = (longBytes + payloadBytes + cellBytes - 1) >>> cellShift;
    return at * 4 + longBytes;
  }

  /**
   * Consumer: takes the oldest record if it is a message that `wanted` describes and has room for: it is copied to the
   * start of its array, its tag and length go to `wanted`. Gives `nothing` when no record is here, `other` when it is
   * not such a one.
   */
  takeArray(wanted: Parcel): Taken {
    const at = this.#first();
    if (at < 0) return Taken.nothing;
    const words = this.#words;
    const state = words[at] ?? 0;
    const payloadBytes = state & payloadMask;
    const tag = words[at + 3] ?? 0;
    const { format } = wanted;
    const length = payloadBytes >>> (elementShifts[format] ?? 0);
    if (
      (state & shortHeader) === 0 ||
      words[at + 1] !== (Kind.eager | (format << 16)) ||
      words[at + 2] !== wanted.communicator ||
      (tag !== wanted.tag && wanted.tag >= 0) ||
      length > wanted.length
    ) {
      return Taken.other;
    }
    this.#region.read(wanted.array, format, at * 4 + shortBytes, length);
    this.#recordCells = (shortBytes + payloadBytes + cellBytes - 1) >>> cellShift;
    wanted.tag = tag;
    wanted.length = length;
    this.consume();
    return Taken.all;
  }

  /** Consumer: frees the record that `next` found. */
  consume(): void {
    this.#head = (this.#head + this.#recordCells) | 0;
    // A producer that found too little room sees at least half of the lane in use, so before the lane is empty one of
    // these is due, whenever the producer asked: it is told, or its wish is seen.
    const due = ((this.#head - this.#headTold) | 0) >= this.#cells >> 3;
    if (due || this.#words[wantWord] !== 0) this.#tell();
  }

  /** What is in shared memory outlives its writer. */
  settle(): boolean {
    return true;
  }

  /** Producer: asks to be woken when room comes free; it must try once more before it sleeps. */
  wantSpace(): void {
    Atomics.store(this.#words, wantWord, 1);
  }

  copyOut(target: Uint8Array, at: number, bytes: number): void {
    this.#region.read(target, bytesFormat, at, bytes);
  }

  #tell(): void {
    const words = this.#words;
    this.#headTold = this.#head;
    Atomics.store(words, headWord, this.#head);
    if (Atomics.load(words, wantWord) === 0) return;
    Atomics.store(words, wantWord, 0);
    this.#bedsides.wake(this.from);
  }

  /** Index of the first word of the oldest record, or -1. */
  #first(): number {
    const words = this.#words;
    const at = dataWord + (this.#head & (this.#cells - 1)) * cellWords;
    // Most looks find nothing, and a plain one is many times as cheap. Only an atomic one makes the rest visible.
    if (words[at] === 0) return -1;
    if (Atomics.load(words, at) !== skipMark) return at;
    this.#head = (this.#head + this.#cells - (this.#head & (this.#cells - 1))) | 0;
    return Atomics.load(words, dataWord) === 0 ? -1 : dataWord;
  }

  /** Makes the record that lies at `at` visible. */
  #publish(at: number, state: number): void {
    const words = this.#words;
    const tail = (this.#tail + this.#reservedCells) | 0;
    this.#tail = tail;
    if (((this.#zeroed - tail) | 0) <= 0) {
      words[this.#cell(tail)] = 0;
      this.#zeroed = (tail + 1) | 0;
    }
    Atomics.store(words, at, state);
    this.#bedsides.wake(this.to);
    if (((this.#zeroed - tail) | 0) < cellsAheadMin) this.#zeroAhead(tail);
  }

  /** Makes the next cells ready, as far as they are known to be free. */
  #zeroAhead(tail: number): void {
    const words = this.#words;
    const ahead = Math.min(cellsAhead + this.#reservedCells, cellsAheadMax);
    const free = (this.#headSeen + this.#cells - tail) | 0;
    const end = (tail + Math.min(ahead, free)) | 0;
    for (let index = this.#zeroed; ((end - index) | 0) > 0; index = (index + 1) | 0) words[this.#cell(index)] = 0;
    if (((end - this.#zeroed) | 0) > 0) this.#zeroed = end;
  }

  #cell(index: number): number {
    return dataWord + (index & (this.#cells - 1)) * cellWords;
  }

  /** Index of the first word of a record of `bytes` bytes, or -1. */
  #reserve(bytes: number): number {
    const cells = (bytes + cellBytes - 1) >>> cellShift;
    const position = this.#tail & (this.#cells - 1);
    const untilEnd = this.#cells - position;
    const skip = cells > untilEnd ? untilEnd : 0;
    const needed = cells + skip + 1;
    if (this.#cells - ((this.#tail - this.#headSeen) | 0) < needed) {
      this.#headSeen = Atomics.load(this.#words, headWord);
      if (this.#cells - ((this.#tail - this.#headSeen) | 0) < needed) return -1;
    }
    this.#reservedCells = cells;
    if (skip === 0) return dataWord + position * cellWords;
    this.#words[dataWord] = 0;
    Atomics.store(this.#words, dataWord + position * cellWords, skipMark);
    this.#tail = (this.#tail + skip) | 0;
    return dataWord;
  }
}
