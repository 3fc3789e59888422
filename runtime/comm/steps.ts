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
 * once for all, and releases the others, which look at one word.
 */
import { availableParallelism } from 'node:os';
import type { NumericArray } from '../core/api.ts';
import type { HostSegment } from '../transport/host-segment.ts';
import { gateWord, slotByte, slotHeadBytes, slotPayloadBytes, stepsAheadMax } from '../transport/step-area.ts';
import { elementConstructors } from './element-type.ts';

/** The word of the area that says how the ranks meet: each would decide by what it sees of the machine. */
const wayWord = 0;
const Way = { undecided: 0, looking: 1, counting: 2 } as const;

/** Words of a gate, from its start: two lines. */
const countWord = 0;
const lastWord = 1;
const releaseWord = 16;
const verdictWord = 17;
const sleepersWord = 18;

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
  /** First word of the area. */
  readonly #base: number;
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
    this.#first = first;
    const own = size > availableParallelism() ? Way.counting : Way.looking;
    const decided = Atomics.compareExchange(this.#words, this.#base + wayWord, Way.undecided, own);
    this.counting = (decided === Way.undecided ? own : decided) === Way.counting;
  }

  /** Byte of the segment where the slot of `rank` (−1: of all) for `step` starts: its head, then its payload. */
  slot(rank: number, step: number): number {
    return this.#area + slotByte(rank, step);
  }

  /** The payload of that slot, all of it, as an array of the type with code `format`. */
  payload(format: number, rank: number, step: number): NumericArray {
    const views = this.#payloads[format - 1] ?? [];
    const index = (rank + 1) * stepsAheadMax + (step & (stepsAheadMax - 1));
    return views[index] ?? this.#view(views, index, format, this.slot(rank, step) + slotHeadBytes);
  }

  #view(views: NumericArray[], index: number, format: number, at: number): NumericArray {
    const constructor = elementConstructors[format - 1] ?? Uint8Array;
    const length = slotPayloadBytes / constructor.BYTES_PER_ELEMENT;
    const view = new constructor(this.host.buffer as unknown as ArrayBuffer, at, length);
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
    const at = this.slot(this.rank, step) / 4;
    const words = this.#words;
    words[at + 1] = kind;
    words[at + 2] = length;
    words[at + 3] = place;
    return step;
  }

  /**
   * This rank has written what it had to. True when it is the one that must do what is done once for all, and
   * then `release` the others.
   */
  arrive(step: number): boolean {
    this.step = step;
    Atomics.store(this.#words, this.slot(this.rank, step) / 4, step);
    if (!this.counting) {
      this.wakeOthers();
      return false;
    }
    const gate = this.#base + gateWord(step);
    if (Atomics.add(this.#words, gate + countWord, 1) + 1 < this.size) return false;
    this.#words[gate + lastWord] = this.rank + 1;
    return true;
  }

  /** Lets everybody go on from `step`; `odd` is a rank that took it for something else, −1 when there is none. */
  release(step: number, odd = -1): void {
    const gate = this.#base + gateWord(step);
    this.#words[gate + verdictWord] = odd + 1;
    this.#words[gate + countWord] = 0;
    this.#known = step;
    Atomics.store(this.#words, gate + releaseWord, step);
    if (Atomics.load(this.#words, gate + sleepersWord) !== 0) this.host.bedsides.wakeWord(gate + releaseWord);
    this.wakeOthers();
  }

  /** True when every rank has arrived at `step`, and been released where ranks are counted. */
  reached(step: number): boolean {
    if (((this.#known - step) | 0) >= 0) return true;
    const words = this.#words;
    if (this.counting) {
      if (((Atomics.load(words, this.#base + gateWord(step) + releaseWord) - step) | 0) < 0) return false;
      this.#known = step;
      return true;
    }
    if (this.#lookedAt !== step) {
      this.#lookedAt = step;
      this.#cursor = 0;
    }
    for (let rank = this.#cursor; rank < this.size; rank += 1) {
      if (((Atomics.load(words, this.slot(rank, step) / 4) - step) | 0) < 0) {
        this.#cursor = rank;
        return false;
      }
    }
    this.#known = step;
    return true;
  }

  /** True when `rank` has arrived at `step`. */
  arrived(rank: number, step: number): boolean {
    return ((Atomics.load(this.#words, this.slot(rank, step) / 4) - step) | 0) >= 0;
  }

  /** True when the others wait for `rank` to release them from `step`. */
  releases(rank: number, step: number): boolean {
    return this.counting && !this.reached(step) && this.#words[this.#base + gateWord(step) + lastWord] === rank + 1;
  }

  /** A rank whose signature of `step` is not this one's, −1 when there is none. Every rank must have arrived. */
  oddOne(step: number): number {
    const own = this.slot(this.rank, step) / 4;
    for (let rank = 0; rank < this.size; rank += 1) {
      if (!this.#same(own, this.slot(rank, step) / 4)) return rank;
    }
    return -1;
  }

  /** The same, of `step` that has been reached: what the last rank found, where there is one. */
  oddAt(step: number): number {
    if (!this.counting) return this.oddOne(step);
    const verdict = (this.#words[this.#base + gateWord(step) + verdictWord] ?? 0) - 1;
    if (verdict < 0) return -1;
    // The last rank compared with itself: for the odd one it is that one which is odd.
    return verdict === this.rank ? (this.#words[this.#base + gateWord(step) + lastWord] ?? 1) - 1 : verdict;
  }

  /** The three words that `rank` has given for `step`. */
  signature(rank: number, step: number): readonly [number, number, number] {
    const at = this.slot(rank, step) / 4;
    const [kind = 0, length = 0, place = 0] = this.#words.subarray(at + 1, at + 4);
    return [kind, length, place];
  }

  #same(a: number, b: number): boolean {
    const words = this.#words;
    return words[a + 1] === words[b + 1] && words[a + 2] === words[b + 2] && words[a + 3] === words[b + 3];
  }

  wakeOthers(): void {
    for (let rank = 0; rank < this.size; rank += 1) if (rank !== this.rank) this.host.bedsides.wake(this.#first + rank);
  }

  /**
   * Where ranks are counted: sleeps until `step` is reached, a moment at most. The last rank wakes all with one call.
   */
  sleepAtGate(step: number, milliseconds: number): void {
    const gate = this.#base + gateWord(step);
    const words = this.#words;
    const seen = Atomics.load(words, gate + releaseWord);
    Atomics.add(words, gate + sleepersWord, 1);
    if (((seen - step) | 0) < 0) this.host.bedsides.sleepOnWord(gate + releaseWord, seen, milliseconds);
    Atomics.sub(words, gate + sleepersWord, 1);
  }
}
