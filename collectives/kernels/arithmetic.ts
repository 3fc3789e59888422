/**
 * sum, prod, min and max of numbers. Storing into the array rounds, wraps or clamps as its type does. One loop for all
 * types: a program reduces one or two types with an op, and the engine compiles the loop for those.
 */

import type { NumericArray } from '../../runtime/core/api.ts';

export type BigArray = BigInt64Array | BigUint64Array;
export type NumberArray = Exclude<NumericArray, BigArray>;

export function sum(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as number) + (right[i] as number);
}

export function prod(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as number) * (right[i] as number);
}

/** A product of two 32-bit integers needs 64 bits, which a number does not have. */
export function prod32(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = Math.imul(left[i] as number, right[i] as number);
}

/** NaN when either is, and −0 below +0: what Math.min does. */
export function min(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = Math.min(left[i] as number, right[i] as number);
}

export function max(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = Math.max(left[i] as number, right[i] as number);
}
