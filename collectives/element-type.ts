/** The element types that travel as bytes, and their codes on the wire. */

import type { NumericArray, NumericArrayConstructor } from '../runtime/core/api.ts';

export interface ElementType {
  /** 1 to 11; 0 is left for values that are serialised. */
  readonly code: number;
  readonly name: string;
  readonly bytes: number;
  readonly integer: boolean;
  readonly constructor: NumericArrayConstructor;
}

const constructors: readonly NumericArrayConstructor[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
];

/** In the order of their codes, from 1 on. */
export const elementTypes: readonly ElementType[] = constructors.map((constructor, index) => ({
  code: index + 1,
  name: constructor.name,
  bytes: constructor.BYTES_PER_ELEMENT,
  integer: !constructor.name.startsWith('Float'),
  constructor,
}));

const byName = new Map(elementTypes.map((type) => [type.name, type]));

/** The getter reads the internal slot, so it tells the type of subclasses and of arrays of other realms too. */
const tagGetter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get;

/** The element type of a numeric array; undefined for anything else. A Buffer is a Uint8Array. */
export function elementTypeOf(value: unknown): ElementType | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const tag: unknown = tagGetter?.call(value);
  return typeof tag === 'string' ? byName.get(tag) : undefined;
}

export function elementTypeOfCode(code: number): ElementType | undefined {
  return elementTypes[code - 1];
}

/** A fresh array of `length` zeros. */
export function allocate(type: ElementType, length: number): NumericArray {
  return new type.constructor(length);
}

/** A fresh array with the element type of `array`. */
export function allocateLike(array: NumericArray, length: number): NumericArray {
  return new (array.constructor as NumericArrayConstructor)(length);
}

/** The same memory as a plain array of its type: what a subclass (Buffer) adds would come through in results. */
export function plainView(array: NumericArray, type: ElementType): NumericArray {
  if (array.constructor === type.constructor) return array;
  return new type.constructor(array.buffer as ArrayBuffer, array.byteOffset, array.length);
}

/** The memory of `array` as bytes. */
export function bytesOf(array: NumericArray): Uint8Array {
  if (array.constructor === Uint8Array) return array as Uint8Array;
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
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
