/**
 * What one measurement does over and over, and how its answers are checked.
 */
import { take } from './arena.ts';

/** `into` may be anything at the call; it must be right after it. */
export interface Kernel {
  /** That many calls back to back, blocking. */
  sync(times: number): void;
  /** The same awaited. */
  async(times: number): Promise<void>;
  /** Puts wrong values where the next call writes its results. */
  spoil(): void;
  /** What is wrong with what the last call left here; undefined when it is right. */
  fault(): string | undefined;
  /** What a call's time is divided by: the messages one way in it. */
  readonly parts: number;
  /**
   * True where a rank may leave a call before the others entered it (a broadcast's root). Such calls are measured one
   * by one with a barrier after each, outside the time; the others back to back.
   */
  readonly spaced: boolean;
  /** Whose times count: rank 0's, or the average over all ranks. */
  readonly timed: 'root' | 'all';
}

export type Memory = 'plain' | 'alloc';

export function bytesArray(memory: Memory, length: number): Uint8Array {
  if (memory === 'plain') return new Uint8Array(length);
  const { buffer, byteOffset } = take(length);
  return new Uint8Array(buffer, byteOffset, length);
}

export function doublesArray(memory: Memory, length: number): Float64Array {
  if (memory === 'plain') return new Float64Array(length);
  const { buffer, byteOffset } = take(length * Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(buffer, byteOffset, length);
}

/** Byte `index` of what `sender` sends. */
export function byteOf(sender: number, index: number): number {
  return (sender * 31 + index) % 251;
}

/** Element `index` of what `rank` contributes to a sum: small whole numbers, so that every sum is exact. */
export function termOf(rank: number, index: number): number {
  return rank + 1 + (index % 13);
}

/** The same, summed over the ranks 0 to `ranks` - 1. */
export function sumOf(ranks: number, index: number): number {
  return (ranks * (ranks + 1)) / 2 + ranks * (index % 13);
}

type Elements = Uint8Array | Float64Array;

export function fill(array: Elements, value: (index: number) => number): void {
  for (let index = 0; index < array.length; index += 1) array[index] = value(index);
}

/** The first element that is not what it should be, in words. */
export function firstFault(array: Elements, expected: (index: number) => number): string | undefined {
  for (let index = 0; index < array.length; index += 1) {
    if (array[index] !== expected(index))
      return `element ${String(index)} is ${String(array[index])}, not ${String(expected(index))}`;
  }
  return undefined;
}
