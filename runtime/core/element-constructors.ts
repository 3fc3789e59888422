/** The numeric arrays that travel as their bytes. */
import type { NumericArrayConstructor } from './api.ts';

/** The type with code 1 in the header's `format` comes first. The order is part of the protocol. */
export const elementConstructors: readonly NumericArrayConstructor[] = [
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

/** Bytes of an element, as a power of two, by the type's code; values (0) are bytes. */
export const elementShifts: readonly number[] = [
  0,
  ...elementConstructors.map(({ BYTES_PER_ELEMENT: bytes }) => Math.log2(bytes)),
];

/** The type with a code; values (0) are bytes. */
export function elementConstructorOf(format: number): NumericArrayConstructor {
  return elementConstructors[format - 1] ?? Uint8Array;
}

/** Bytes of an element of the type with code `format`. */
export function elementBytes(format: number): number {
  return elementConstructorOf(format).BYTES_PER_ELEMENT;
}
