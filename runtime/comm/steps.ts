/**
 * The ranks of a communicator where all of them share a segment, and how they meet there: in steps.
 *
 * Each rank numbers its steps from 1 on, and all take the same ones. To take a step a rank writes into its slot of that
 * step what the others shall read, says what it takes the step for (three words, the signature), and arrives. The slots
 * form a ring: a rank writes one again when every rank has arrived at a later step, mostly the next one after that
 * which it held, for then nobody reads it any more. So a rank that need not wait may be some steps ahead, and one that
 * waits for all in each step never finds a slot taken.
 *
 * With a core for each rank everybody looks at everybody's slot: no counter, no lock. With more ranks than cores what
 * costs is to have each rank scheduled: the ranks are counted as they arrive, the last one does what is to be done
 * once for all, and releases the others, which look at one word. A rank may also go on without all the others: when
 * one certain rank has arrived, or those before it, or at once.
 */
import { availableParallelism } from 'node:os';
import type { HostSegment } from '../transport/host-segment.ts';
import { gateWord, stepsAheadMax, watchersWord, wayWord } from '../transport/step-area.ts';
import { Slots } from './slots.ts';

/** How the ranks meet: each would decide by what it sees of the machine, the first one decides for all. */
const Way = { undecided: 0, looking: 1, counting: 2 } as const;

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

export class Steps extends Slots {
  /** True when arrivals are counted and the last rank releases the others; false when everybody looks at everybody. */
  readonly counting: boolean;
  /** The last step that this rank has arrived at. */
  step = 0;
  /** The signature of the last step that was opened, and of all that its call has taken. */
  #kind = 0;
  #length = 0;
  #place = 0;
  /** Of each rank, in the segment. */
  readonly #indices: readonly number[];
  /** Until which step each place in the ring of slots is held. */
  readonly #heldUntil = new Int32Array(stepsAheadMax);
  /** A step that every rank is known to have arrived at. */
  #known = 0;
  /** Where the last look at everybody's slots stopped, and at which step. */
  #lookedAt = 0;
  #cursor = 0;

  /**
   * `area` is zeroed memory of the segment, `areaBytes(size)` long, that no other communicator uses; `indices` says
   * where in the segment each rank is.
   */
  constructor(host: HostSegment, area: number, rank: number, indices: readonly number[]) {
    const size = indices.length;
    super(host, area, { rank, size });
    this.#indices = indices;
    const own = size > availableParallelism() ? Way.counting : Way.looking;
    const decided = Atomics.compareExchange(this.words, wayWord, Way.undecided, own);
    this.counting = (decided === Way.undecided ? own : decided) === Way.counting;
  }

  /** The step that all must have arrived at before the slot of this rank's next step may be written. */
  get room(): number {
    return this.#heldUntil[(this.step + 1) & (stepsAheadMax - 1)] ?? 0;
  }

  get free(): boolean {
    return this.reached(this.room);
  }

  /**
   * Opens the next step and gives its number; `free` must hold. The three words are its signature. Nobody reads its
   * slots any more after all have arrived `held` steps later: the same on all ranks.
   */
  open(kind: number, length: number, place: number, held = 1): number {
    const step = (this.step + 1) | 0;
    const at = this.slotWord(this.rank, step);
    const words = this.words;
    this.#heldUntil[step & (stepsAheadMax - 1)] = step + held;
    words[at + 1] = this.#kind = kind | 0;
    words[at + 2] = this.#length = length | 0;
    words[at + 3] = this.#place = place | 0;
    return step;
  }

  /**
   * This rank has written what it had to. `isAwaited`: others wait for this rank alone. True when it is the one that
   * must do what is done once for all, and then `release` the others.
   */
  arrive(step: number, isAwaited = false): boolean {
    this.step = step;
    Atomics.store(this.words, this.slotWord(this.rank, step), step);
    if (this.counting) return this.#count(gateWord(step), isAwaited);
    this.#wakeWatchers();
    this.#fetchNext();
    return false;
  }

  /** True for the last rank to be counted at `gate`. */
  #count(gate: number, isAwaited: boolean): boolean {
    const words = this.words;
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

  /**
   * Writes to the slot of the next step, if it is known to be free: the line then comes from the cores that have read
   * it, which takes as long as a whole step, while this rank waits for the others anyway.
   */
  #fetchNext(): void {
    if (((this.#known - this.room) | 0) >= 0) this.words[this.slotWord(this.rank, (this.step + 1) | 0) + 1] = 0;
  }

  /** Lets everybody go on from `step`; `odd` is a rank that took it for something else, −1 when there is none. */
  release(step: number, odd = -1): void {
    const gate = gateWord(step);
    this.words[gate + verdictWord] = odd + 1;
    this.#known = step;
    Atomics.store(this.words, gate + releaseWord, step);
    // Nobody counts here again before this rank has arrived at the next step.
    this.words[gate + arrivalsWord] = 0;
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
      const gate = gateWord(step);
      const words = this.words;
      const at = gate + releaseWord;
      if ((((words[at] ?? 0) - step) | 0) < 0 || ((Atomics.load(words, at) - step) | 0) < 0) return false;
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
    for (; this.#cursor < end; this.#cursor += 1) {
      const isHere = this.#cursor === this.rank ? ((this.step - step) | 0) >= 0 : this.arrived(this.#cursor, step);
      if (!isHere) return false;
    }
    return true;
  }

  /** True when `rank` has arrived at `step`. */
  arrived(rank: number, step: number): boolean {
    const words = this.words;
    const at = this.slotWord(rank, step);
    // A plain look is a hint, and cheap; what was written before the word may be read only after an atomic one.
    return (((words[at] ?? 0) - step) | 0) >= 0 && ((Atomics.load(words, at) - step) | 0) >= 0;
  }

  /** True when `rank`, were it gone, would keep this one from going on. */
  lacks(rank: number, step: number, whom: number): boolean {
    if (whom >= 0) return rank === whom && !this.arrived(rank, step);
    if (whom !== Whom.everyone) return rank < this.rank && !this.arrived(rank, step);
    return !this.arrived(rank, step) || (this.counting && !this.reached(step) && this.#releases(rank, step));
  }

  /** True when `rank` was the last at the gate of `step`. */
  #releases(rank: number, step: number): boolean {
    const seen = Atomics.load(this.words, gateWord(step) + arrivalsWord);
    return (seen & countMask) === this.size && seen >>> countBits === rank + 1;
  }

  /**
   * A rank whose signature of `step`, one of this rank's current call, is not this one's, −1 when there is none; `whom`
   * must have been met.
   */
  oddOne(step: number, whom: number = Whom.everyone): number {
    if (whom === Whom.nobody) return -1;
    const end = whom >= 0 ? whom + 1 : whom === Whom.everyone ? this.size : this.rank;
    for (let rank = whom >= 0 ? whom : 0; rank < end; rank += 1) {
      if (rank !== this.rank && !this.#isAlike(this.slotWord(rank, step))) return rank;
    }
    return -1;
  }

  /** Compares with what this rank has said, not with where: a line that others have read may have gone to them. */
  #isAlike(at: number): boolean {
    const words = this.words;
    return words[at + 1] === this.#kind && words[at + 2] === this.#length && words[at + 3] === this.#place;
  }

  /** The same, of a step that `whom` was met at: what the last rank found, where everyone was counted. */
  oddAt(step: number, whom: number = Whom.everyone): number {
    if (!this.counting || whom !== Whom.everyone) return this.oddOne(step, whom);
    const verdict = (this.words[gateWord(step) + verdictWord] ?? 0) - 1;
    // That rank differs from the last one; which one differs from this rank is its own to see.
    return verdict < 0 ? -1 : this.oddOne(step);
  }

  /** From now on ranks that arrive look whether this one sleeps, wherever; to be undone by `unwatch`. */
  watch(): void {
    Atomics.add(this.words, watchersWord, 1);
  }

  unwatch(): void {
    Atomics.sub(this.words, watchersWord, 1);
  }

  #wakeWatchers(): void {
    if (Atomics.load(this.words, watchersWord) !== 0) this.wakeOthers();
  }

  wakeOthers(): void {
    for (const [rank, index] of this.#indices.entries()) if (rank !== this.rank) this.host.bedsides.wake(index);
  }

  /** Wakes who sleeps at a gate, with one call, and who may sleep elsewhere. */
  #wakeFrom(gate: number): void {
    if (Atomics.load(this.words, gate + sleepersWord) !== 0) {
      Atomics.add(this.words, gate + wakesWord, 1);
      this.host.bedsides.wakeWord(this.area / 4 + gate + wakesWord);
    }
    this.#wakeWatchers();
  }

  /** Where ranks are counted: sleeps until `whom` is met at `step`, a moment at most. */
  sleepAtGate(step: number, whom: number, milliseconds: number): void {
    const gate = gateWord(step);
    const words = this.words;
    const seen = Atomics.load(words, gate + wakesWord);
    Atomics.add(words, gate + sleepersWord, 1);
    // What was published before this rank was counted here woke nobody.
    if (!this.met(step, whom)) this.#sleepOn(gate + wakesWord, seen, milliseconds);
    Atomics.sub(words, gate + sleepersWord, 1);
  }

  #sleepOn(word: number, seen: number, milliseconds: number): void {
    this.host.bedsides.sleepOnWord(this.area / 4 + word, seen, milliseconds);
  }
}
