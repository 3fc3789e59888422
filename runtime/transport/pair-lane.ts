/**
 * The queue from one rank to another of the same segment: one producer, one consumer, made for one cache line per short
 * message, or less (`lane-layout.ts`). The consumer writes nothing but, now and then, how far it has come.
 */
import { elementShifts } from '../core/element-constructors.ts';
import { type Header, Kind } from './header.ts';
import type { MessageLane } from './lane.ts';
import {
  cellBytes,
  cellShift,
  cellWords,
  controlBytes,
  headWord,
  wantWord,
  stageWord,
  dataWord,
  shortHeader,
  longHeader,
  skipMark,
  stagedMark,
  stagedBytes,
  payloadMask,
  shortBytes,
  longBytes,
  bytesFormat,
} from './lane-layout.ts';
import { LaneWriter } from './lane-writer.ts';
import { type Parcel, Taken } from './parcel.ts';

/** Both ends; an end uses its half. A rank that writes to itself has both in one. */
export class PairLane extends LaneWriter implements MessageLane {
  /** Counts cells modulo 2^32; and as it was last told. */
  #head = 0;
  #headTold = 0;
  /** Of the record that is being read. */
  #recordCells = 0;
  /** Consumer: whether the payload of that record is staged, and what frees it. */
  #recordStaged = false;
  #recordEnd = 0;

  static bytesFor(capacityBytes: number): number {
    return controlBytes + capacityBytes;
  }

  /** Makes used memory of `bytesFor(capacityBytes)` bytes at `offset` an empty lane, for a constructor that follows. */
  static clear(words: Int32Array, offset: number): void {
    const control = offset / 4;
    words.fill(0, control, control + (controlBytes + cellBytes) / 4);
  }

  /** Consumer: true when a record seems to be here. */
  get ready(): boolean {
    return this.words[dataWord + (this.#head & (this.cells - 1)) * cellWords] !== 0;
  }

  /**
   * Consumer: reads the header of the oldest record into `header` and gives the offset of its payload in the segment,
   * or -1 when there is none. The record stays until `consume`. Source and destination are those of the lane.
   */
  next(header: Header): number {
    const at = this.#first();
    if (at < 0) return -1;
    const words = this.words;
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
      return this.#payload(at, shortBytes, state);
    }
    const half = (at + 6) / 2;
    header.signature = words[at + 4] ?? 0;
    header.epoch = words[at + 5] ?? 0;
    header.sequence = this.floats[half] ?? 0;
    header.bytes = this.floats[half + 1] ?? 0;
    header.offset = this.floats[half + 2] ?? 0;
    return this.#payload(at, longBytes, state);
  }

  /**
   * Consumer: takes the oldest record if it is a message that `wanted` describes and has room for: it is copied to the
   * start of its array, its tag and length go to `wanted`. Gives `nothing` when no record is here, `other` when it is
   * not such a one.
   */
  takeArray(wanted: Parcel): Taken {
    const at = this.#first();
    if (at < 0) return Taken.nothing;
    const words = this.words;
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
    const payload = this.#payload(at, shortBytes, state);
    if (this.#recordStaged) this.stage?.region.read(wanted.array, format, payload - this.#bytes, length);
    else this.region.read(wanted.array, format, payload, length);
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
    const due = ((this.#head - this.#headTold) | 0) >= this.cells >> 3;
    if (this.#recordStaged) this.stage?.free(this.#recordEnd);
    if (due || this.#recordStaged || this.words[wantWord] !== 0) this.#tell();
  }

  copyOut(target: Uint8Array, at: number, bytes: number): void {
    if (at < this.#bytes) this.region.read(target, bytesFormat, at, bytes);
    else this.stage?.region.read(target, bytesFormat, at - this.#bytes, bytes);
  }

  /** Bytes of the lane; offsets from here on are of the stage. */
  get #bytes(): number {
    return controlBytes + this.cells * cellBytes;
  }

  /** Consumer: where the payload of the record at `at` lies, which is from now on the one to be consumed. */
  #payload(at: number, headBytes: number, state: number): number {
    this.#recordStaged = (state & stagedMark) !== 0;
    const bytes = this.#recordStaged ? stagedBytes : state & payloadMask;
    this.#recordCells = (headBytes + bytes + cellBytes - 1) >>> cellShift;
    if (!this.#recordStaged) return at * 4 + headBytes;
    const words = this.words;
    const first = at + headBytes / 4;
    this.#recordEnd = words[first + 1] ?? 0;
    this.stage ??= this.stageOf(words[stageWord] ?? 0);
    return this.#bytes + (words[first] ?? 0);
  }

  #tell(): void {
    const words = this.words;
    this.#headTold = this.#head;
    Atomics.store(words, headWord, this.#head);
    if (Atomics.load(words, wantWord) === 0) return;
    Atomics.store(words, wantWord, 0);
    this.bedsides.wake(this.from);
  }

  /** Index of the first word of the oldest record, or -1. */
  #first(): number {
    const words = this.words;
    const at = dataWord + (this.#head & (this.cells - 1)) * cellWords;
    // Most looks find nothing, and a plain one is many times as cheap. Only an atomic one makes the rest visible.
    if (words[at] === 0) return -1;
    if (Atomics.load(words, at) !== skipMark) return at;
    this.#head = (this.#head + this.cells - (this.#head & (this.cells - 1))) | 0;
    return Atomics.load(words, dataWord) === 0 ? -1 : dataWord;
  }
}
