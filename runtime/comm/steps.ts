/**
 * The ranks of a communicator where all of them share a segment, and how they meet there: in steps.
 *
 * Each rank numbers its steps from 1 on, and all take the same ones. To take a step a rank writes into its slot of that
 * step what the others shall read, says what it takes the step for (three words, the signature), and arrives. The slots
 * form a ring: a rank writes one again when every rank has arrived at the step after the one it held, for then nobody
 * reads it any more. So a rank that need not wait may be some steps ahead, and one that waits for all in each step
 * never finds a slot taken.
 *
 * With a core for each rank everybody looks at everybody's slot: no counter, no lock. With more ranks than cores what
 * costs is to have each rank scheduled: the ranks are counted as they arrive, the last one does what is to be done
 * once for all, and releases the others, which look at one word. A rank may also go on without all the others: when
 * one certain rank has arrived, or those before it, or at once.
 */
import { availableParallelism } from 'node:os';
import type { NumericArray } from '../core/api.ts';
import type { HostSegment } from '../transport/host-segment.ts';
import type { Region } from '../transport/region.ts';
import {
  areaBytes,
  gateWord,
  slotByte,
  slotHeadBytes,
  slotPayloadBytes,
  slotWords,
  stepsAheadMax,
} from '../transport/step-area.ts';
import { elementConstructors } from './element-type.ts';

/** The word of the area that says how the ranks meet: each would decide by what it sees of the machine. */
const wayWord = 0;
const Way = { undecided: 0, looking: 1, counting: 2 } as const;
/** How many waits there are whose ranks must be woken one by one, because they may sleep anywhere. */
const watchersWord = 1;

/** Words of a gate, from its start: two lines. */
const arrivalsWord = 0;
const releaseWord = 16;
const verdictWord = 17;
const sleepersWord = 18;
const wakesWord = 19;

/**
 * Who has arrived at a gate, in one word, so that no rank can die between counting itself and saying that it was the
 * last: how many, and (above) the last one, from 1 on.
 */
const countBits = 16;
const countMask = (1 << countBits) - 1;

/** Whom a rank waits for at a step: a rank, or one of these. */
export const Whom = { everyone: -1, nobody: -2, before: -3 } as const;

export class Steps {
  readonly host: HostSegment;
  readonly rank: number;
  readonly size: number;
  /** True when arrivals are counted and the last rank releases the others; false when everybody looks at everybody. */
  readonly counting: boolean;
  /** The last step that this rank has arrived at. */
  step = 0;
  readonly #words: Int32Array;
  /** Payloads as arrays, by element code, then by slot; made when first asked for. */
  readonly #payloads: NumericArray[][] = elementConstructors.map(() => []);
  readonly #area: number;
  #region: Region | null = null;
  /** First word of the area, and of the first slot of rank 0. */
  readonly #base: number;
  readonly #slots: number;
  /** Index in the segment of rank 0; the others follow. */
  readonly #first: number;
  /** A step that every rank is known to have arrived at. */
  #known = 0;
  /** Where the last look at everybody's slots stopped, and at which step. */
  #lookedAt = 0;
  #cursor = 0;

  /**
   * `area` is zeroed memory of the segment, `areaBytes(size)` long, that no other communicator uses; `first` the index
   * of rank 0.
   */
  constructor(host: HostSegment, area: number, { rank, size, first }: { rank: number; size: number; first: number }) {
    this.host = host;
    this.rank = rank;
    this.size = size;
    this.#words = host.words;
    this.#area = area;
    this.#base = area / 4;
    this.#slots = (area + slotByte(0, 0)) / 4;
    this.#first = first;
    const own = size > availableParallelism() ? Way.counting : Way.looking;
    const decided = Atomics.compareExchange(this.#words, this.#base + wayWord, Way.undecided, own);
    this.counting = (decided === Way.undecided ? own : decided) === Way.counting;
  }

  /** Byte of the segment where the slot of `rank` (−1: of all) for `step` starts: its head, then its payload. */
  slot(rank: number, step: number): number {
    return this.#area + slotByte(rank, step);
  }

  /** Bytes from the slot of a rank to that of the next one, for the same step. */
  get slotStride(): number {
    return stepsAheadMax * slotWords * 4;
  }

  /** The payload of that slot, all of it, as an array of the type with code `format`. */
  payload(format: number, rank: number, step: number): NumericArray {
    const views = this.#payloads[format - 1] ?? [];
    const index = (rank + 1) * stepsAheadMax + (step & (stepsAheadMax - 1));
    return views[index] ?? this.#view(views, index, format, this.slot(rank, step) + slotHeadBytes);
  }

  #view(views: NumericArray[], index: number, format: number, at: number): NumericArray {
    this.#region ??= this.host.region(this.#area, areaBytes(this.size));
    const view = this.#region.part(format, at - this.#area, slotPayloadBytes);
    views[index] = view;
    return view;
  }

  /** True when the slot of this rank's next step may be written. */
  get free(): boolean {
    return this.reached((this.step + 1 - stepsAheadMax + 1) | 0);
  }

  /** Opens the next step and gives its number; `free` must hold. The three words are its signature. */
  open(kind: number, length: number, place: number): number {
    const step = (this.step + 1) | 0;
    const at = this.#slotWord(this.rank, step);
    const words = this.#words;
    words[at + 1] = kind;
    words[at + 2] = length;
    words[at + 3] = place;
    return step;
  }

  /**
   * This rank has written what it had to. `isAwaited`: others wait for this rank alone. True when it is the one that
   * must do what is done once for all, and then `release` the others.
   */
  arrive(step: number, isAwaited = false): boolean {
    const words = this.#words;
    this.step = step;
    Atomics.store(words, this.#slotWord(this.rank, step), step);
    if (!this.counting) {
      this.#wakeWatchers();
      return false;
    }
    const gate = this.#base + gateWord(step);
    const own = (this.rank + 1) << countBits;
    for (;;) {
      const seen = Atomics.load(words, gate + arrivalsWord);
      const count = (seen & countMask) + 1;
      if (Atomics.compareExchange(words, gate + arrivalsWord, seen, own | count) !== seen) continue;
      if (count === this.size) return true;
      if (isAwaited) this.#wakeFrom(gate);
      return false;
    }
  }

  /** Lets everybody go on from `step`; `odd` is a rank that took it for something else, −1 when there is none. */
  release(step: number, odd = -1): void {
    const gate = this.#base + gateWord(step);
    this.#words[gate + verdictWord] = odd + 1;
    this.#known = step;
    Atomics.store(this.#words, gate + releaseWord, step);
    // Nobody counts here again before this rank has arrived at the next step.
    this.#words[gate + arrivalsWord] = 0;
    this.#wakeFrom(gate);
  }

  /** True when whom this rank waits for has arrived at `step`. */
  met(step: number, whom: number): boolean {
    if (whom >= 0) return this.arrived(whom, step);
    if (whom === Whom.everyone) return this.reached(step);
    return whom === Whom.nobody || this.#lookUpTo(this.rank, step);
  }

  /** True when every rank has arrived at `step`, and been released where ranks are counted. */
  reached(step: number): boolean {
    if (((this.#known - step) | 0) >= 0) return true;
    if (this.counting) {
      const gate = this.#base + gateWord(step);
      if (((Atomics.load(this.#words, gate + releaseWord) - step) | 0) < 0) return false;
    } else if (!this.#lookUpTo(this.size, step)) {
      return false;
    }
    this.#known = step;
    return true;
  }

  /** True when the ranks below `end` have arrived at `step`. */
  #lookUpTo(end: number, step: number): boolean {
    if (this.#lookedAt !== step) {
      this.#lookedAt = step;
      this.#cursor = 0;
    }
    for (; this.#cursor < end; this.#cursor += 1) if (!this.arrived(this.#cursor, step)) return false;
    return true;
  }

  /** True when `rank` has arrived at `step`. */
  arrived(rank: number, step: number): boolean {
    return ((Atomics.load(this.#words, this.#slotWord(rank, step)) - step) | 0) >= 0;
  }

  /** True when `rank`, were it gone, would keep this one from going on. */
  lacks(rank: number, step: number, whom: number): boolean {
    if (whom >= 0) return rank === whom && !this.arrived(rank, step);
    if (whom !== Whom.everyone) return rank < this.rank && !this.arrived(rank, step);
    return !this.arrived(rank, step) || (this.counting && !this.reached(step) && this.#releases(rank, step));
  }

  /** True when `rank` was the last at the gate of `step`. */
  #releases(rank: number, step: number): boolean {
    const seen = Atomics.load(this.#words, this.#base + gateWord(step) + arrivalsWord);
    return (seen & countMask) === this.size && seen >>> countBits === rank + 1;
  }

  /** A rank whose signature of `step` is not this one's, −1 when there is none; `whom` must have been met. */
  oddOne(step: number, whom: number = Whom.everyone): number {
    if (whom === Whom.nobody) return -1;
    const own = this.#slotWord(this.rank, step);
    const first = Math.max(whom, 0);
    const end = whom >= 0 ? whom + 1 : whom === Whom.everyone ? this.size : this.rank;
    for (let rank = first; rank < end; rank += 1) if (!this.#same(own, this.#slotWord(rank, step))) return rank;
    return -1;
  }

  /** The same, of a step that `whom` was met at: what the last rank found, where everyone was counted. */
  oddAt(step: number, whom: number = Whom.everyone): number {
    if (!this.counting || whom !== Whom.everyone) return this.oddOne(step, whom);
    const verdict = (this.#words[this.#base + gateWord(step) + verdictWord] ?? 0) - 1;
    // That rank differs from the last one; which one differs from this rank is its own to see.
    return verdict < 0 ? -1 : this.oddOne(step);
  }

  /** The three words that `rank` has given for `step`. */
  signature(rank: number, step: number): readonly [number, number, number] {
    const at = this.#slotWord(rank, step);
    const [kind = 0, length = 0, place = 0] = this.#words.subarray(at + 1, at + 4);
    return [kind, length, place];
  }

  #same(a: number, b: number): boolean {
    const words = this.#words;
    return words[a + 1] === words[b + 1] && words[a + 2] === words[b + 2] && words[a + 3] === words[b + 3];
  }

  /** From now on ranks that arrive look whether this one sleeps, wherever; to be undone by `unwatch`. */
  watch(): void {
    Atomics.add(this.#words, this.#base + watchersWord, 1);
  }

  unwatch(): void {
    Atomics.sub(this.#words, this.#base + watchersWord, 1);
  }

  #wakeWatchers(): void {
    if (Atomics.load(this.#words, this.#base + watchersWord) !== 0) this.wakeOthers();
  }

  wakeOthers(): void {
    for (let rank = 0; rank < this.size; rank += 1) if (rank !== this.rank) this.host.bedsides.wake(this.#first + rank);
  }

  /** Wakes who sleeps at a gate, with one call, and who may sleep elsewhere. */
  #wakeFrom(gate: number): void {
    if (Atomics.load(this.#words, gate + sleepersWord) !== 0) {
      Atomics.add(this.#words, gate + wakesWord, 1);
      this.host.bedsides.wakeWord(gate + wakesWord);
    }
    this.#wakeWatchers();
  }

  /** Where ranks are counted: sleeps until `whom` is met at `step`, a moment at most. */
  sleepAtGate(step: number, whom: number, milliseconds: number): void {
    const gate = this.#base + gateWord(step);
    const words = this.#words;
    const seen = Atomics.load(words, gate + wakesWord);
    Atomics.add(words, gate + sleepersWord, 1);
    // What was published before this rank was counted here woke nobody.
    if (!this.met(step, whom)) this.host.bedsides.sleepOnWord(gate + wakesWord, seen, milliseconds);
    Atomics.sub(words, gate + sleepersWord, 1);
  }

  #slotWord(rank: number, step: number): number {
    return this.#slots + (rank * stepsAheadMax + (step & (stepsAheadMax - 1))) * slotWords;
  }
}
