/** Where pieces of an array lie. */

import type { NumericArray } from '../runtime/core/api.ts';
import type { Layout } from './algorithm.ts';

/** Pieces one after another, in rank order. */
export function packed(counts: readonly number[], sparse = false): Layout {
  const offsets: number[] = [];
  let offset = 0;
  for (const count of counts) {
    offsets.push(offset);
    offset += count;
  }
  return { counts, offsets, sparse };
}

/** `size` pieces of `count` elements each. */
export function uniform(size: number, count: number): Layout {
  return packed(new Array<number>(size).fill(count));
}

/** Elements of all pieces together. */
export function totalOf(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** Where block `index` begins when `length` elements are cut into `blocks` blocks as evenly as can be. */
export function blockStart(length: number, blocks: number, index: number): number {
  return Math.floor((length * index) / blocks);
}

/** Elements `start` to `end` (exclusive) of `array`: a view, not a copy. */
export function slice(array: NumericArray, start: number, end: number): NumericArray {
  return array.subarray(start, end);
}

/** The piece of one rank: a view, not a copy. */
export function pieceOf(array: NumericArray, layout: Layout, rank: number): NumericArray {
  const start = layout.offsets[rank] ?? 0;
  return array.subarray(start, start + countOf(layout, rank));
}

export function countOf(layout: Layout, rank: number): number {
  return layout.counts[rank] ?? 0;
}
