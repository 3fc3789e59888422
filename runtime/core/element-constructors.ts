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
