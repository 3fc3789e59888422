/** Users' own reductions. */
import type { Op } from '../core/api.ts';
import { callError, fromCaller } from './call-errors.ts';

/**
 * A reduction: `combine` is given two elements of numeric arrays, or two values of any other data, and returns one.
 * Operands combine in rank order unless it is `commutative`. It must be associative, or results depend on the
 * algorithm. ERR_ARGUMENT for a `combine` that is not a function.
 *
 * @example
 * const longest = createOp<string>((left, right) => (right.length > left.length ? right : left), { name: 'longest' });
 * const word = await world.allreduce('hello', { op: longest });
 */
export function createOp<T>(
  combine: (left: T, right: T) => T,
  options: { name?: string; commutative?: boolean } = {},
): Op<T> {
  if (typeof combine !== 'function') {
    const details = { where: 'createOp', operation: 'createOp', remedy: 'pass (left, right) => result' };
    throw fromCaller(callError('ERR_ARGUMENT', `combine is a ${typeof combine}`, details), null);
  }
  const name = options.name ?? (combine.name === '' ? 'user op' : combine.name);
  return Object.freeze({ name, commutative: options.commutative ?? false, combine });
}
