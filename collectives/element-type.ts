/** The element types of numeric arrays, and what it takes to make and copy arrays of them. */

import { bytesOf, elementConstructors, formatOf } from '../runtime/comm/element-type.ts';
import type { NumericArray, NumericArrayConstructor } from '../runtime/core/api.ts';

export interface ElementType {
  /** 1 to 11; 0 is left for values that are serialised. */
  readonly code: number;
  readonly name: string;
  readonly bytes: number;
  readonly integer: boolean;
  readonly constructor: NumericArrayConstructor;
  /** An array of no elements. */
  readonly none: NumericArray;
}

/** In the order of their codes, from 1 on. */
export const elementTypes: readonly ElementType[] = elementConstructors.map((constructor, index) => ({
  code: index + 1,
  name: constructor.name,
  bytes: constructor.BYTES_PER_ELEMENT,
  integer: !constructor.name.startsWith('Float'),
  constructor,
  none: new constructor(0),
}));

/** The element type of a numeric array of any realm; undefined for anything else. A Buffer is a Uint8Array. */
export function elementTypeOf(value: unknown): ElementType | undefined {
  return elementTypes[formatOf(value) - 1];
}

export function elementTypeOfCode(code: number): ElementType | undefined {
  return elementTypes[code - 1];
}

/** A fresh array of `length` zeros. */
export function allocate(type: ElementType, length: number): NumericArray {
  return new type.constructor(length);
}

/** A fresh array with the element type of `array` (that of a Buffer is Uint8Array), whatever its class or realm. */
export function allocateLike(array: NumericArray, length: number): NumericArray {
  return new (elementConstructors[formatOf(array) - 1] ?? Uint8Array)(length);
}

/** The same memory as a plain array of its type: what a subclass (Buffer) adds would come through in results. */
export function plainView(array: NumericArray, type: ElementType): NumericArray {
  if (array.constructor === type.constructor) return array;
  return new type.constructor(array.buffer as ArrayBuffer, array.byteOffset, array.length);
}

/** `target` takes the elements of `source`: same type and length. Right also when the two overlap. */
export function copyElements(target: NumericArray, source: NumericArray): void {
  if (target.buffer === source.buffer && target.byteOffset === source.byteOffset) return;
  bytesOf(target).set(bytesOf(source));
}

/** True when the two arrays share at least one byte. */
export function overlap(a: NumericArray, b: NumericArray): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}
