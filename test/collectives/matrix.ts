/** The sizes, counts and operands that every algorithm is tried with. */

import assert from 'node:assert/strict';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Combine } from '../../collectives/algorithm.ts';
import { bytesOf } from '../../runtime/comm/element-type.ts';
import { elementTypeOf } from '../../collectives/element-type.ts';

export const sizes = [1, 2, 3, 4, 5, 7, 8, 10, 16] as const;

/** Element counts that meet every edge of cutting a vector into `size` pieces. */
export function countsFor(size: number): number[] {
  return [...new Set([0, 1, size - 1, size, size + 1, 1000])].sort((a, b) => a - b);
}

/** Piece lengths that differ between ranks, some of them empty. */
export function unevenCounts(size: number, count: number): number[] {
  return Array.from({ length: size }, (_, rank) => (count * ((rank * 7 + 3) % 5)) >> 1);
}

export function ranksOf(size: number): number[] {
  return Array.from({ length: size }, (_, rank) => rank);
}

const modulus = 13;

/** x → a·x + b modulo 13, packed into one integer: composition is associative and does not commute. */
function affine(a: number, b: number): number {
  return (((a % modulus) + modulus) % modulus) * modulus + (((b % modulus) + modulus) % modulus);
}

export function compose(left: number, right: number): number {
  const [a, b] = [Math.floor(left / modulus), left % modulus];
  const [c, d] = [Math.floor(right / modulus), right % modulus];
  return affine(a * c, a * d + b);
}

export const composeArrays: Combine = (target, left, right) => {
  for (let i = 0; i < target.length; i++) target[i] = compose(Number(left[i]), Number(right[i]));
};

export const addArrays: Combine = (target, left, right) => {
  for (let i = 0; i < target.length; i++) target[i] = Number(left[i]) + Number(right[i]);
};

/** Operands of one rank: units of the affine group, so that no information is lost in a product. */
export function affineOperand(rank: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => affine(((rank * 5 + i * 3) % 12) + 1, rank * 7 + i));
}

/** The elementwise reduction of the operands of ranks `first` to `last`, in rank order. */
export function fold(
  combine: Combine,
  first: number,
  last: number,
  operand: (rank: number) => NumericArray,
): NumericArray {
  const result = operand(first);
  for (let rank = first + 1; rank <= last; rank++) combine(result, result, operand(rank));
  return result;
}

/** deepEqual for numeric arrays, and lists of them and of others. On long arrays assert.deepEqual takes seconds. */
export function assertSame(actual: unknown, expected: unknown): void {
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    for (const [index, element] of actual.entries()) assertSame(element, expected[index]);
    return;
  }
  const [a, b] = [elementTypeOf(actual), elementTypeOf(expected)];
  if (a !== undefined && a === b) {
    if (Buffer.compare(bytesOf(actual as NumericArray), bytesOf(expected as NumericArray)) === 0) return;
  }
  assert.deepEqual(actual, expected);
}
