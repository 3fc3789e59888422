/**
 * Memory that long operands are received into. Fresh memory costs a page fault for each 4 KiB, more than its copy; so
 * what a call gives back serves the next one. A call that fails gives nothing back, and need not.
 */
import { scratchBytesMax, scratchBytesMin } from '../runtime/core/limits.ts';
import { elementConstructors, formatOf } from '../runtime/comm/element-type.ts';
import type { NumericArray } from '../runtime/core/api.ts';
import { allocateLike } from './element-type.ts';

/** By their lengths, which are powers of two. */
const free = new Map<number, ArrayBuffer[]>();
let freeBytes = 0;

/** An array of `length` elements of the type of `array`; its contents are anything. */
export function borrow(array: NumericArray, length: number): NumericArray {
  const bytes = length * array.BYTES_PER_ELEMENT;
  if (bytes < scratchBytesMin || bytes > scratchBytesMax) return allocateLike(array, length);
  const capacity = 2 ** Math.ceil(Math.log2(bytes));
  const kept = free.get(capacity)?.pop();
  if (kept !== undefined) freeBytes -= capacity;
  const constructor = elementConstructors[formatOf(array) - 1] ?? Uint8Array;
  return new constructor(kept ?? new ArrayBuffer(capacity), 0, length);
}

/** Gives back what was borrowed; nothing may be on its way to or from it. */
export function giveBack({ buffer }: NumericArray): void {
  const capacity = buffer.byteLength;
  if (capacity < scratchBytesMin || freeBytes + capacity > scratchBytesMax || !(buffer instanceof ArrayBuffer)) return;
  freeBytes += capacity;
  const kept = free.get(capacity);
  if (kept === undefined) free.set(capacity, [buffer]);
  else kept.push(buffer);
}
