/** Strided views of numeric arrays (MPI_Type_vector): packed into one piece to travel, unpacked where they arrive. */
import type { NumericArray, Strided } from '../core/api.ts';
import { callError, fromCaller } from './call-errors.ts';
import { elementConstructorOf, formatOf, isNumericArray } from './element-type.ts';

class StridedView<A extends NumericArray> implements Strided<A> {
  readonly array: A;
  readonly offset: number;
  readonly count: number;
  readonly blockLength: number;
  readonly stride: number;

  constructor(array: A, offset: number, count: number, blockLength: number, stride: number) {
    this.array = array;
    this.offset = offset;
    this.count = count;
    this.blockLength = blockLength;
    this.stride = stride;
    Object.freeze(this);
  }
}

/**
 * `count` blocks of `blockLength` (default 1) elements of `array`, the first at `offset` (default 0), their starts
 * `stride` elements apart. It can be sent, and received `into`.
 *
 * Throws ERR_ARGUMENT for anything that is not an integer, for blocks that overlap, and for a view that leaves the
 * array.
 * @example
 * const matrix = new Float64Array(4 * 10);
 * // its column 2
 * await world.send(strided(matrix, { offset: 2, count: 4, stride: 10 }), { dest: 1 });
 */
export function strided<A extends NumericArray>(
  array: A,
  layout: { offset?: number; count: number; blockLength?: number; stride: number },
): Strided<A> {
  if (!isNumericArray(array)) throw refusal('the first argument is not a numeric array', 'pass a typed array');
  const { offset = 0, count, blockLength = 1, stride } = layout;
  for (const [name, value, least] of [
    ['offset', offset, 0],
    ['count', count, 0],
    ['blockLength', blockLength, 0],
    ['stride', stride, 1],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least) {
      throw refusal(`${name} is ${String(value)}`, `pass an integer of ${String(least)} or more`);
    }
  }
  if (count > 1 && blockLength > stride) {
    const what = `blocks of ${String(blockLength)} elements, ${String(stride)} apart, overlap`;
    throw refusal(what, 'make stride at least blockLength');
  }
  const end = count === 0 ? offset : offset + (count - 1) * stride + blockLength;
  if (end > array.length) {
    const what = `the view ends at element ${String(end)}, the array has ${String(array.length)}`;
    throw refusal(what, 'lower count, blockLength or stride');
  }
  return new StridedView(array, offset, count, blockLength, stride);
}

/** True for what `strided` made. */
export function isStrided(value: unknown): value is Strided {
  return value instanceof StridedView;
}

/** The view's elements in a new array of their own. */
export function pack(view: Strided): NumericArray {
  const { array, offset, count, blockLength, stride } = view;
  const packed = emptyLike(array, count * blockLength);
  for (let block = 0; block < count; block += 1) {
    const at = offset + block * stride;
    packed.set(array.subarray(at, at + blockLength) as never, block * blockLength);
  }
  return packed;
}

/** Puts the elements of `packed`, from the first on, into the view; it may be shorter than the view. */
export function unpack(packed: NumericArray, view: Strided): void {
  const { array, offset, blockLength, stride } = view;
  for (let at = 0, block = 0; at < packed.length; at += blockLength, block += 1) {
    array.set(packed.subarray(at, at + blockLength) as never, offset + block * stride);
  }
}

/** Zeros of the view's own type (a Buffer gives a Uint8Array). */
function emptyLike(array: NumericArray, length: number): NumericArray {
  return new (elementConstructorOf(formatOf(array)))(length);
}

function refusal(what: string, remedy: string): Error {
  return fromCaller(callError('ERR_ARGUMENT', what, { where: 'strided', operation: 'strided', remedy }), null);
}
