/** Which loop reduces which element type with which predefined op. */

import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import type { Combine } from '../algorithm.ts';
import type { ElementType } from '../element-type.ts';
import * as arithmetic from './arithmetic.ts';
import type { BigArray, NumberArray } from './arithmetic.ts';
import * as bigint from './bigint.ts';
import * as logical from './logical.ts';

/** What it takes to reduce one element type with one op. */
export interface Kernel {
  readonly combine: Combine;
  /** Brings operands into the form of results, where one operand alone is not a result (logical ops). */
  readonly normalise: ((vector: NumericArray) => void) | undefined;
}

type Loop<A> = (target: A, left: A, right: A) => void;

const numberLoops: Readonly<Record<OpName, Loop<NumberArray>>> = {
  sum: arithmetic.sum,
  prod: arithmetic.prod,
  min: arithmetic.min,
  max: arithmetic.max,
  land: logical.land,
  lor: logical.lor,
  lxor: logical.lxor,
  band: logical.band,
  bor: logical.bor,
  bxor: logical.bxor,
};

const bigLoops: Readonly<Record<OpName, Loop<BigArray>>> = {
  sum: bigint.sum,
  prod: bigint.prod,
  min: bigint.min,
  max: bigint.max,
  land: bigint.land,
  lor: bigint.lor,
  lxor: bigint.lxor,
  band: bigint.band,
  bor: bigint.bor,
  bxor: bigint.bxor,
};

const arithmeticOps: ReadonlySet<string> = new Set(['sum', 'prod', 'min', 'max']);
const logicalOps: ReadonlySet<string> = new Set(['land', 'lor', 'lxor']);

/** In the order of MPI's table of predefined operations. */
export const opNames = Object.keys(numberLoops) as readonly OpName[];

/** True for the ops that are defined for integers only. */
export function integersOnly(op: OpName): boolean {
  return !arithmeticOps.has(op);
}

/** The loop for `op` on arrays of `type`; undefined where the op is not defined for it. */
export function kernelOf(op: OpName, type: ElementType): Kernel | undefined {
  if (!type.integer && integersOnly(op)) return undefined;
  const big = type.constructor === BigInt64Array || type.constructor === BigUint64Array;
  const wide = op === 'prod' && (type.constructor === Int32Array || type.constructor === Uint32Array);
  const loop = big ? bigLoops[op] : wide ? arithmetic.prod32 : numberLoops[op];
  const normalise = logicalOps.has(op) ? (big ? bigint.truth : logical.truth) : undefined;
  // The three arrays of a step have one type by contract, which the type system cannot say of a union.
  return { combine: loop as Combine, normalise: normalise as Kernel['normalise'] };
}
