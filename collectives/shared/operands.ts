/** What a call is given, seen without ceremony: plain arrays of this realm, predefined ops, few options. */
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import { type ElementType, elementTypes } from '../element-type.ts';
import { type Kernel, kernelOf, opNames } from '../kernels/kernel.ts';
import { reductionWord } from './signature.ts';

/** What is reduced. */
export interface Operands {
  /** Null: by an operation of the caller's own. */
  readonly op: OpName | null;
  readonly type: ElementType;
  readonly kernel: Kernel;
  /** What both say in a step's signature. */
  readonly word: number;
}

/** Options as users pass them: of any shape. */
export interface Options {
  readonly op?: unknown;
  readonly into?: unknown;
  readonly root?: unknown;
  readonly counts?: unknown;
  readonly sendCounts?: unknown;
  readonly recvCounts?: unknown;
  readonly reproducible?: unknown;
  readonly timeoutMs?: unknown;
  readonly signal?: unknown;
}
const none: Options = Object.freeze({});

const typeByConstructor = new Map<unknown, ElementType>(elementTypes.map((type) => [type.constructor, type]));
const float64 = typeByConstructor.get(Float64Array) as ElementType;
const uint8 = typeByConstructor.get(Uint8Array) as ElementType;

/** The options of a call that only its own end can end; null for anything else. */
export function plainOptions(given: unknown): Options | null {
  if (given === undefined) return none;
  if (typeof given !== 'object' || given === null) return null;
  const options = given as Options;
  return options.timeoutMs === undefined && options.signal === undefined ? options : null;
}

/** The type of a plain array; undefined for anything else, and for arrays that are more than that (a Buffer). */
export function plainTypeOf(value: unknown): ElementType | undefined {
  // The first two are asked for without a lookup: most arrays are of these types.
  if (value instanceof Float64Array && value.constructor === Float64Array) return float64;
  if (value instanceof Uint8Array && value.constructor === Uint8Array) return uint8;
  return ArrayBuffer.isView(value) ? typeByConstructor.get(value.constructor) : undefined;
}

/** By op, then by type; null where the op is not for the type. */
const known = new Map<OpName, (Operands | null)[]>(
  opNames.map((op) => [
    op,
    elementTypes.map((type) => {
      const kernel: Kernel | undefined = kernelOf(op, type);
      return kernel === undefined ? null : { type, kernel, op, word: reductionWord(op, type.code) };
    }),
  ]),
);
const sums = known.get('sum') ?? [];

/** Operands of a predefined op; null for anything else. */
export function operandsFor(op: unknown, type: ElementType): Operands | null {
  const row = op === undefined || op === 'sum' ? sums : known.get(op as OpName);
  return row?.[type.code - 1] ?? null;
}

/** Operands of any op, the caller's own (null) among them: that one only where a program runs, since it may throw. */
export function operandsOfAny(op: OpName | null, type: ElementType, kernel: Kernel): Operands | null {
  return op === null ? { op, type, kernel, word: reductionWord(op, type.code) } : operandsFor(op, type);
}

/** `into`, where it is an array of `type` of at least `length` elements; a fresh one where it is left out. */
export function roomFor(into: unknown, type: ElementType, length: number): NumericArray | null {
  if (into === undefined) return new type.constructor(length);
  if (plainTypeOf(into) !== type) return null;
  const array = into as NumericArray;
  return array.length >= length ? array : null;
}

/** The root, or −1 where it is not one. */
export function plainRoot(root: unknown, size: number): number {
  if (root === undefined) return 0;
  return typeof root === 'number' && root >= 0 && root < size && (root | 0) === root ? root : -1;
}

/** What the caller gets: the head of `target` that holds the result. */
export function headOf(target: NumericArray, length: number): NumericArray {
  return target.length === length ? target : target.subarray(0, length);
}
