/** What a blocking call reduces, seen without ceremony: plain arrays of this realm, and predefined ops. */
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import { type ElementType, elementTypes } from '../element-type.ts';
import { type Kernel, kernelOf, opNames } from '../kernels/kernel.ts';
import type { Operands } from './slot-reduction.ts';

const float64 = elementTypes.find(({ constructor }) => constructor === Float64Array) as ElementType;

/** The type of a plain array; undefined for anything else, and for arrays that are more than that (a Buffer). */
export function plainTypeOf(value: unknown): ElementType | undefined {
  if (value instanceof Float64Array && value.constructor === Float64Array) return float64;
  if (!ArrayBuffer.isView(value)) return undefined;
  return elementTypes.find(({ constructor }) => constructor === value.constructor);
}

/** By op, then by type; null where the op is not for the type. */
const known = new Map<OpName, (Operands | null)[]>(
  opNames.map((op) => [
    op,
    elementTypes.map((type) => {
      const kernel: Kernel | undefined = kernelOf(op, type);
      return kernel === undefined ? null : { type, kernel, op };
    }),
  ]),
);
const sums = known.get('sum') ?? [];

/** Operands of a predefined op; null for anything else. */
export function operandsFor(op: unknown, type: ElementType): Operands | null {
  const row = op === undefined || op === 'sum' ? sums : known.get(op as OpName);
  return row?.[type.code - 1] ?? null;
}

/** `into`, where it is an array of `type` of at least `length` elements; a fresh one where it is left out. */
export function roomFor(into: unknown, type: ElementType, length: number): NumericArray | null {
  if (into === undefined) return new type.constructor(length);
  if (plainTypeOf(into) !== type) return null;
  const array = into as NumericArray;
  return array.length >= length ? array : null;
}
