/** The predefined ops of 64-bit integers. Storing into the array wraps. */

import type { BigArray } from './arithmetic.ts';

export function sum(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as bigint) + (right[i] as bigint);
}

export function prod(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as bigint) * (right[i] as bigint);
}

export function min(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) {
    const [a, b] = [left[i] as bigint, right[i] as bigint];
    target[i] = b < a ? b : a;
  }
}

export function max(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) {
    const [a, b] = [left[i] as bigint, right[i] as bigint];
    target[i] = b > a ? b : a;
  }
}

export function land(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = left[i] !== 0n && right[i] !== 0n ? 1n : 0n;
}

export function lor(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = left[i] !== 0n || right[i] !== 0n ? 1n : 0n;
}

export function lxor(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] !== 0n) !== (right[i] !== 0n) ? 1n : 0n;
}

export function band(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as bigint) & (right[i] as bigint);
}

export function bor(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as bigint) | (right[i] as bigint);
}

export function bxor(target: BigArray, left: BigArray, right: BigArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as bigint) ^ (right[i] as bigint);
}

/** Every operand as 0 or 1: what a logical op gives at one rank. */
export function truth(vector: BigArray): void {
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i] !== 0n ? 1n : 0n;
}
