/** `comm.alloc`: its arguments, and ordinary memory where the segment has none. */
import type { ArrayOf, NumericArrayConstructor } from '../core/api.ts';
import { elementConstructors } from '../core/element-constructors.ts';
import { callError } from './call-errors.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';

/** An array of zeros, in the segment if that has room. Throws ERR_TYPE and ERR_COUNT. */
export function allocate<C extends NumericArrayConstructor>(
  engine: Engine,
  group: Group,
  type: C,
  length: number,
): ArrayOf<C> {
  const operation = 'alloc';
  if (!elementConstructors.includes(type)) {
    const what = `the type is ${typeof type === 'function' ? 'no type of numeric array' : String(type)}`;
    throw group.refusal('ERR_TYPE', operation, what, 'write alloc(Float64Array, 1000)');
  }
  if (!Number.isSafeInteger(length) || length < 0) {
    throw group.refusal('ERR_COUNT', operation, `length is ${String(length)}`, 'pass an integer of 0 or more');
  }
  const array = engine.arrays.allocate(type, length);
  if (array !== null) return array;
  try {
    return new type(length) as ArrayOf<C>;
  } catch (cause) {
    const what = `there is no memory for ${String(length)} elements of ${String(type.BYTES_PER_ELEMENT)} bytes`;
    const details = { where: group.where(operation), rank: group.rank, operation, remedy: 'pass a smaller length' };
    throw callError('ERR_COUNT', what, { ...details, cause });
  }
}
