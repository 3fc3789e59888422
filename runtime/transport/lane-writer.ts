/** The producing half of a lane. */
import { elementShifts } from '../core/element-constructors.ts';
import { chunkBytesMax, eagerBytesMax } from '../core/limits.ts';
import type { Bedsides } from './bedsides.ts';
import { type Header, Kind } from './header.ts';
import type { OutgoingLane } from './lane.ts';
import {
  cellBytes,
  cellShift,
  cellWords,
  headWord,
  wantWord,
  stageHeadWord,
  stageWord,
  dataWord,
  shortHeader,
  longHeader,
  skipMark,
  stagedMark,
  stagedBytes,
  shortBytes,
  longBytes,
  bytesFormat,
} from './lane-layout.ts';
import type { Parcel } from './parcel.ts';
import type { Region } from './region.ts';
import { Stage, type StageGround } from './stage.ts';

/** Places of its ranks in the segment, and its size. */
export interface LanePlace {
  readonly from: number;
  readonly to: number;
  readonly capacityBytes: number;
  readonly stage: StageGround;
}

/** What `#placeOf` gives where there is no place. */
const inLane = -1;
const noRoom = -2;

/** Fewer cells than this are zeroed: time to zero so many, and as many as the last record had. */
const cellsAheadMin = 4;
const cellsAhead = 32;
const cellsAheadMax = 160;

export abstract class LaneWriter implements OutgoingLane {
  readonly from: number;
  readonly to: number;
  protected readonly bedsides: Bedsides;
  protected readonly region: Region;
  protected readonly words: Int32Array;
  protected readonly floats: Float64Array;
  protected readonly cells: number;
  protected stage: Stage | null = null;
  readonly #stageGround: StageGround;
  #hasNoStage: boolean;
  /** Counts cells modulo 2^32, as do the next ones. */
  #tail = 0;
  /** The consumer's head as it was last seen. */
  #headSeen = 0;
  /** Up to where the first words of cells are zero. */
  #zeroed = 1;
  /** Of the record that is being written. */
  #reservedCells = 0;

  constructor(region: Region, bedsides: Bedsides, { from, to, capacityBytes, stage }: LanePlace) {
    this.from = from;
    this.to = to;
    this.bedsides = bedsides;
    this.region = region;
    this.words = region.words;
    this.floats = region.floats;
    this.cells = capacityBytes / cellBytes;
    this.#stageGround = stage;
    this.#hasNoStage = stage.bytes === 0;
  }

  get chunkBytes(): number {
    // The sender fills some while the receiver empties another.
    return this.stages ? chunkBytesMax : (this.cells * cellBytes) / 4 - cellBytes;
  }

  /** True when long payloads need no room in the lane itself. */
  get stages(): boolean {
    return this.stage !== null || (!this.#hasNoStage && this.#openStage());
  }

  /** Writes a record, and wakes its reader. False when there is no room; `wantSpace` asks to be woken. */
  tryPost(header: Header, payload: Uint8Array | null): boolean {
    const short = header.kind === Kind.eager && header.flags === 0 && header.signature === 0;
    const payloadBytes = payload === null ? 0 : payload.byteLength;
    const headBytes = short ? shortBytes : longBytes;
    const place = this.#placeOf(payloadBytes);
    const at = place === noRoom ? -1 : this.#reserve(headBytes + (place < 0 ? payloadBytes : stagedBytes));
    if (at < 0) return false;
    const words = this.words;
    words[at + 1] = header.kind | (header.flags << 8) | (header.format << 16);
    words[at + 2] = header.communicator;
    words[at + 3] = header.tag;
    if (!short) {
      words[at + 4] = header.signature;
      const floats = this.floats;
      const half = (at + 6) / 2;
      words[at + 5] = header.epoch;
      floats[half] = header.sequence;
      floats[half + 1] = header.bytes;
      floats[half + 2] = header.offset;
    }
    const state = payloadBytes | (short ? shortHeader : longHeader);
    if (place >= 0 && payload !== null) {
      this.#stageAt(at + headBytes / 4, place, { format: bytesFormat, array: payload, length: payloadBytes });
      this.#publish(at, state | stagedMark);
      return true;
    }
    if (payload !== null) this.region.write(at * 4 + headBytes, bytesFormat, payload, payloadBytes);
    this.#publish(at, state);
    return true;
  }

  /** The same for a whole message. */
  tryPostArray(parcel: Parcel): boolean {
    const { format, length } = parcel;
    const payloadBytes = length << (elementShifts[format] ?? 0);
    const place = this.#placeOf(payloadBytes);
    const at = place === noRoom ? -1 : this.#reserve(shortBytes + (place < 0 ? payloadBytes : stagedBytes));
    if (at < 0) return false;
    const words = this.words;
    if (place < 0) this.region.write(at * 4 + shortBytes, format, parcel.array, length);
    else this.#stageAt(at + shortBytes / 4, place, parcel);
    words[at + 1] = Kind.eager | (format << 16);
    words[at + 2] = parcel.communicator;
    words[at + 3] = parcel.tag;
    this.#publish(at, payloadBytes | (place < 0 ? shortHeader : shortHeader | stagedMark));
    return true;
  }

  /** What is in shared memory outlives its writer. */
  settle(): boolean {
    return true;
  }

  /** Asks to be woken when room comes free; it must try once more before it sleeps. */
  wantSpace(): void {
    Atomics.store(this.words, wantWord, 1);
  }

  /** Where in the stage a payload goes; `inLane`, or `noRoom` for now. */
  #placeOf(bytes: number): number {
    if (bytes <= eagerBytesMax || !this.stages || this.stage === null) return inLane;
    const place = this.stage.place(bytes);
    return place < 0 ? noRoom : place;
  }

  /** Copies a payload to `place` of the stage, and notes it in the record's words from `first` on. */
  #stageAt(first: number, place: number, { format, array, length }: Pick<Parcel, 'format' | 'array' | 'length'>): void {
    const stage = this.stage;
    if (stage === null) return;
    stage.region.write(place, format, array, length);
    this.words[first] = place;
    this.words[first + 1] = stage.take(place, length << (elementShifts[format] ?? 0));
  }

  #openStage(): boolean {
    const offset = this.#stageGround.allocate();
    this.#hasNoStage = offset === 0;
    if (this.#hasNoStage) return false;
    this.words[stageWord] = offset / 64;
    this.stage = this.stageOf(offset / 64);
    return true;
  }

  protected stageOf(line: number): Stage {
    const { bytes } = this.#stageGround;
    return new Stage(this.#stageGround.region((line >>> 0) * 64), bytes, this.words, stageHeadWord);
  }

  /** Makes the record that lies at `at` visible. */
  #publish(at: number, state: number): void {
    const words = this.words;
    const tail = (this.#tail + this.#reservedCells) | 0;
    this.#tail = tail;
    if (((this.#zeroed - tail) | 0) <= 0) {
      words[this.#cell(tail)] = 0;
      this.#zeroed = (tail + 1) | 0;
    }
    Atomics.store(words, at, state);
    this.bedsides.wake(this.to);
    if (((this.#zeroed - tail) | 0) < cellsAheadMin) this.#zeroAhead(tail);
  }

  /** Makes the next cells ready, as far as they are known to be free. */
  #zeroAhead(tail: number): void {
    const words = this.words;
    const ahead = Math.min(cellsAhead + this.#reservedCells, cellsAheadMax);
    const free = (this.#headSeen + this.cells - tail) | 0;
    const end = (tail + Math.min(ahead, free)) | 0;
    for (let index = this.#zeroed; ((end - index) | 0) > 0; index = (index + 1) | 0) words[this.#cell(index)] = 0;
    if (((end - this.#zeroed) | 0) > 0) this.#zeroed = end;
  }

  #cell(index: number): number {
    return dataWord + (index & (this.cells - 1)) * cellWords;
  }

  /** Index of the first word of a record of `bytes` bytes, or -1. */
  #reserve(bytes: number): number {
    const cells = (bytes + cellBytes - 1) >>> cellShift;
    const position = this.#tail & (this.cells - 1);
    const untilEnd = this.cells - position;
    const skip = cells > untilEnd ? untilEnd : 0;
    const needed = cells + skip + 1;
    if (this.cells - ((this.#tail - this.#headSeen) | 0) < needed) {
      this.#headSeen = Atomics.load(this.words, headWord);
      if (this.cells - ((this.#tail - this.#headSeen) | 0) < needed) return -1;
    }
    this.#reservedCells = cells;
    if (skip === 0) return dataWord + position * cellWords;
    this.words[dataWord] = 0;
    Atomics.store(this.words, dataWord + position * cellWords, skipMark);
    this.#tail = (this.#tail + skip) | 0;
    return dataWord;
  }
}
