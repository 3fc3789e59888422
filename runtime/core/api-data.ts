/** What travels: arrays, views of them, and the operations that combine their elements. */

/**
 * Arrays that travel as their bytes: every typed array but Float16Array, over any buffer.
 * @example
 * const data: NumericArray = new Float64Array(4);
 */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/**
 * What makes one: what `alloc` and `window` are told of their type.
 * @example
 * const type: NumericArrayConstructor = Float32Array;
 * const field = world.alloc(type, 1000);
 */
export type NumericArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/**
 * The array type that a constructor makes, over any buffer.
 * @example
 * const field: ArrayOf<Float64ArrayConstructor> = world.alloc(Float64Array, 1000);
 */
export type ArrayOf<C extends NumericArrayConstructor> = C extends Int8ArrayConstructor
  ? Int8Array
  : C extends Uint8ArrayConstructor
    ? Uint8Array
    : C extends Uint8ClampedArrayConstructor
      ? Uint8ClampedArray
      : C extends Int16ArrayConstructor
        ? Int16Array
        : C extends Uint16ArrayConstructor
          ? Uint16Array
          : C extends Int32ArrayConstructor
            ? Int32Array
            : C extends Uint32ArrayConstructor
              ? Uint32Array
              : C extends BigInt64ArrayConstructor
                ? BigInt64Array
                : C extends BigUint64ArrayConstructor
                  ? BigUint64Array
                  : C extends Float32ArrayConstructor
                    ? Float32Array
                    : Float64Array;

/**
 * What an element of the array type is: a bigint of arrays of 64-bit integers, else a number.
 * @example
 * const one: ElementOf<BigInt64Array> = 1n;
 */
export type ElementOf<A> = A extends BigInt64Array | BigUint64Array ? bigint : number;

/**
 * MPI's predefined reductions, elementwise. Logical ones yield 0 or 1. Default: 'sum'.
 * @example
 * const op: OpName = 'max';
 * const highest = await world.allreduce(world.rank, { op });
 */
export type OpName = 'sum' | 'prod' | 'min' | 'max' | 'land' | 'lor' | 'lxor' | 'band' | 'bor' | 'bxor';

/**
 * A user reduction: always of two elements where the data is a numeric array (a combine that gives anything else:
 * ERR_OP), else of two values. Operands combine in rank order unless `commutative`.
 * @example
 * const first: Op<string> = createOp((left, right) => (left === '' ? right : left), { name: 'first' });
 */
export interface Op<T> {
  readonly name: string;
  readonly commutative: boolean;
  combine(left: T, right: T): T;
}
