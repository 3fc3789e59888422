/** What kernels are tried with: values at the edges of every element type, and any bits. */

import fc from 'fast-check';
import type { ElementType } from '../../collectives/element-type.ts';
import type { NumericArray } from '../../runtime/core/api.ts';

type Element = number | bigint;

const floats = [0, -0, 1, -1, 0.1, -3.5, NaN, Infinity, -Infinity];
const edgesOf: Readonly<Record<string, readonly number[]>> = {
  // The least and the greatest denormal, the least normal, the greatest, and one above 1.
  Float64Array: [2 ** -1074, -(2 ** -1074), 2 ** -1022 - 2 ** -1074, 2 ** -1022, Number.MAX_VALUE, 1 + 2 ** -52],
  Float32Array: [2 ** -149, -(2 ** -149), 2 ** -126 - 2 ** -149, 2 ** -126, 2 ** 128 - 2 ** 104, 1 + 2 ** -23],
};

/** Zeros, ones, the extremes and what lies beside them; of floats also denormals, infinities and NaN. */
export function specialsOf(type: ElementType): readonly Element[] {
  if (!type.integer) return [...floats, ...(edgesOf[type.name] ?? [])];
  const bits = BigInt(8 * type.bytes);
  const half = 1n << (bits - 1n);
  const near = [0n, 1n, 2n, 15n, 16n, 17n, half - 1n, half, half + 1n, 2n * half - 2n, 2n * half - 1n];
  const signed = !type.name.includes('Uint');
  const elements = near.map((value) => (signed ? BigInt.asIntN(Number(bits), value) : value));
  return type.bytes === 8 ? elements : elements.map(Number);
}

/** Arrays of one length: special values and random bits mixed. */
export function operandsOf(
  type: ElementType,
  count: fc.Arbitrary<number>,
  { maxLength }: { readonly maxLength: number },
): fc.Arbitrary<NumericArray[]> {
  const specials = specialsOf(type);
  const shape = fc.record({ count, length: fc.nat(maxLength), seed: fc.nat() });
  return shape.map(({ count: operands, length, seed }) => {
    const next = generator(seed);
    return Array.from({ length: operands }, () => {
      const bytes = Uint8Array.from({ length: length * type.bytes }, next);
      const array = new type.constructor(bytes.buffer) as { [index: number]: Element } & NumericArray;
      for (let i = 0; i < length; i++) {
        if (next() & 1) array[i] = specials[next() % specials.length] ?? 0;
      }
      return array;
    });
  });
}

/** Bytes from a seed: Marsaglia's xorshift, JSS 8(14), 2003. Arrays shrink to short ones, not to small values. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 8) & 0xff;
  };
}
