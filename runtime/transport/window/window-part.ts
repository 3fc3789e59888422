/**
 * One rank's part of a window, in the segment where the rank is: a head, then the elements. The parts of a rank are a
 * list, which the ranks of the segment and the agent of its sandbox walk: what is not in it nobody reaches.
 *
 * Head, in words: the line of the next part (0: none) · number of the communicator · number of the window in it · code
 * of the element type · length (f64) · who holds the part's lock alone, or waits for those that share it (rank + 1) ·
 * ranks of the communicator · from the second line on, a bit for each rank that shares the lock.
 */
import { elementBytes } from '../../core/element-constructors.ts';
import type { HostSegment } from '../host-segment.ts';
import { Elements } from './elements.ts';

/** Which window a part is of, and what it holds. */
export interface PartPlan {
  readonly communicator: number;
  readonly number: number;
  readonly format: number;
  readonly length: number;
  /** Ranks of the communicator. */
  readonly ranks: number;
}

const lineBytes = 64;
const lineWords = lineBytes / 4;
const word = { next: 0, communicator: 1, number: 2, format: 3, owner: 6, ranks: 7 } as const;
/** In doubles. */
const lengthFloat = 2;

/** Of the list of one rank: nobody makes so many. */
const partsMax = 1 << 20;

export class WindowPart {
  readonly plan: PartPlan;
  readonly elements: Elements;
  readonly #words: Int32Array;

  private constructor(host: HostSegment, at: number, plan: PartPlan) {
    this.plan = plan;
    const headBytes = headBytesFor(plan.ranks);
    this.#words = new Int32Array(host.buffer as unknown as ArrayBuffer, at, headBytes / 4);
    this.elements = new Elements(host.buffer, at + headBytes, plan.length, plan.format);
  }

  static bytesFor({ format, length, ranks }: PartPlan): number {
    return headBytesFor(ranks) + length * elementBytes(format);
  }

  /** Where the elements start behind the start of the part. */
  static elementsAt({ ranks }: PartPlan): number {
    return headBytesFor(ranks);
  }

  /** A new part at `at`, which is zeroed and a multiple of 64, as the first one of the rank with that index. */
  static create(host: HostSegment, index: number, at: number, plan: PartPlan): WindowPart {
    const part = new WindowPart(host, at, plan);
    const { words, floats } = host;
    const start = at / 4;
    words[start + word.communicator] = plan.communicator;
    words[start + word.number] = plan.number;
    words[start + word.format] = plan.format;
    words[start + word.ranks] = plan.ranks;
    floats[at / 8 + lengthFloat] = plan.length;
    words[start + word.next] = Atomics.load(words, host.partsWord(index));
    Atomics.store(words, host.partsWord(index), at / lineBytes);
    return part;
  }

  /** The part of a window that the rank with that index has; null where it has none. */
  static find(host: HostSegment, index: number, communicator: number, number: number): WindowPart | null {
    const { words, floats } = host;
    let line = Atomics.load(words, host.partsWord(index)) >>> 0;
    for (let step = 0; line !== 0 && step < partsMax; step += 1) {
      const start = line * lineWords;
      if (words[start + word.communicator] === communicator && words[start + word.number] === number) {
        const [format = 0, ranks = 0] = [words[start + word.format], words[start + word.ranks]];
        const plan = { communicator, number, format, ranks, length: floats[(line * lineBytes) / 8 + lengthFloat] ?? 0 };
        return new WindowPart(host, line * lineBytes, plan);
      }
      line = (words[start + word.next] ?? 0) >>> 0;
    }
    return null;
  }

  /** The rank itself: takes its part out of the list. */
  static remove(host: HostSegment, index: number, at: number): void {
    const { words } = host;
    const line = at / lineBytes;
    const next = words[line * lineWords + word.next] ?? 0;
    let before = host.partsWord(index);
    for (let step = 0; step < partsMax; step += 1) {
      const here = (words[before] ?? 0) >>> 0;
      if (here === line) {
        Atomics.store(words, before, next);
        return;
      }
      if (here === 0) return;
      before = here * lineWords + word.next;
    }
  }

  // ---- the lock

  /**
   * Takes the lock alone for `rank` of the communicator, or says that it waits for it, so that no more ranks share it:
   * true when it holds it. `dead`: ranks whose hold counts for nothing.
   */
  tryLock(rank: number, dead: readonly number[]): boolean {
    const words = this.#words;
    for (;;) {
      const owner = Atomics.compareExchange(words, word.owner, 0, rank + 1);
      if (owner === 0 || owner === rank + 1) break;
      if (!dead.includes(owner - 1)) return false;
      if (Atomics.compareExchange(words, word.owner, owner, rank + 1) === owner) break;
    }
    const { ranks } = this.plan;
    for (let other = 0; other < ranks; other += 1) {
      if ((Atomics.load(words, bitsAt(other)) & (1 << (other & 31))) !== 0 && !dead.includes(other)) return false;
    }
    return true;
  }

  unlock(rank: number): void {
    Atomics.compareExchange(this.#words, word.owner, rank + 1, 0);
  }

  /** Takes it together with others. */
  tryShare(rank: number, dead: readonly number[]): boolean {
    const words = this.#words;
    // First the own bit, then the look: of a rank that wants it alone and this one, one at least sees the other.
    Atomics.or(words, bitsAt(rank), 1 << (rank & 31));
    const owner = Atomics.load(words, word.owner);
    if (owner === 0 || dead.includes(owner - 1)) return true;
    this.unshare(rank);
    return false;
  }

  unshare(rank: number): void {
    Atomics.and(this.#words, bitsAt(rank), ~(1 << (rank & 31)));
  }
}

function bitsAt(rank: number): number {
  return lineWords + (rank >>> 5);
}

function headBytesFor(ranks: number): number {
  return lineBytes * (1 + Math.ceil(ranks / (lineBytes * 8)));
}
