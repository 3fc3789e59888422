/** Logical and bitwise ops of integers up to 32 bits. Zero is false; the logical ones give 0 or 1. */

import type { NumberArray } from './arithmetic.ts';

export function land(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = left[i] !== 0 && right[i] !== 0 ? 1 : 0;
}

export function lor(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = left[i] !== 0 || right[i] !== 0 ? 1 : 0;
}

export function lxor(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] !== 0) !== (right[i] !== 0) ? 1 : 0;
}

export function band(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as number) & (right[i] as number);
}

export function bor(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as number) | (right[i] as number);
}

export function bxor(target: NumberArray, left: NumberArray, right: NumberArray): void {
  for (let i = 0; i < target.length; i++) target[i] = (left[i] as number) ^ (right[i] as number);
}

/** Every operand as 0 or 1: what a logical op gives at one rank. */
export function truth(vector: NumberArray): void {
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i] !== 0 ? 1 : 0;
}
