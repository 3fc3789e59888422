/** `balancedDims`, as users call it. */
import { callError, fromCaller } from './call-errors.ts';
import { show } from './show.ts';
import { balanced } from './topology.ts';

/**
 * Balanced factors of `ranks`, largest first (MPI_Dims_create): the largest as small as it can be, then the next one.
 * ERR_ARGUMENT unless both are integers from 1 up.
 * @example balancedDims(12, 2); // [4, 3]
 */
export function balancedDims(ranks: number, dimensions: number): number[] {
  const arguments_ = { ranks, dimensions };
  for (const [name, value] of Object.entries(arguments_)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    const details = { where: 'balancedDims', operation: 'balancedDims', remedy: 'pass an integer from 1 up' };
    throw fromCaller(callError('ERR_ARGUMENT', `${name} is ${show(value)}`, details), null);
  }
  return balanced(ranks, dimensions);
}
