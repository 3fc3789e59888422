/** Numeric arrays on the wire: the codes that the header's `format` has for their types. Zero is a serialised value. */
import { constants } from 'node:buffer';
import type { NumericArray } from '../core/api.ts';
import {
  elementBytes,
  elementConstructorOf,
  elementConstructors,
  elementShifts,
} from '../core/element-constructors.ts';
import { type Bytes, LongBytes } from './bytes.ts';
import { callError } from './call-errors.ts';

export { elementBytes, elementConstructorOf, elementConstructors, elementShifts };

const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
const { get: tagOf } = Object.getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag) as {
  readonly get: (this: unknown) => string | undefined;
};

const tags = elementConstructors.map(({ name }) => name);

/** The code of a numeric array (of any realm; a Buffer is a Uint8Array); 0 for anything else. */
export function formatOf(value: unknown): number {
  // The tag names the type whatever the subclass, and is undefined for a DataView and all that is no array.
  const tag = tagOf.call(value);
  if (tag === undefined) return 0;
  // A few comparisons of pointers, where a table would have to hash; the commonest first.
  if (tag === 'Float64Array') return 11;
  if (tag === 'Uint8Array') return 2;
  return tags.indexOf(tag) + 1;
}

/** True for the arrays that travel as their bytes. */
export function isNumericArray(value: unknown): value is NumericArray {
  return formatOf(value) !== 0;
}

/** `Float64Array`, for error messages; `a serialised value` for 0. */
export function formatName(format: number): string {
  return elementConstructors[format - 1]?.name ?? 'a serialised value';
}

/** The bytes of a numeric array of any length, as they lie in memory. */
export function spanOf({ buffer, byteOffset, byteLength }: NumericArray): Bytes {
  if (byteLength > constants.MAX_LENGTH) return new LongBytes(buffer, byteOffset, byteLength);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The bytes of a numeric array, as they lie in memory. Throws ERR_UNSUPPORTED where node sees fewer at once. */
export function bytesOf(array: NumericArray): Uint8Array {
  if (array.byteLength > constants.MAX_LENGTH) {
    const what = `an array of ${String(array.byteLength)} bytes, node ${process.version} handles ${String(constants.MAX_LENGTH)} at once`;
    throw callError('ERR_UNSUPPORTED', what, { remedy: 'pass it in pieces, array.subarray(from, to)' });
  }
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** An array of the type with code `format` over `bytes`, which start at a multiple of 8 in their buffer. */
export function arrayOver(bytes: Bytes, format: number): NumericArray {
  const constructor = elementConstructorOf(format);
  const elements = bytes.byteLength / constructor.BYTES_PER_ELEMENT;
  return new constructor(bytes.buffer as ArrayBuffer, bytes.byteOffset, elements);
}
