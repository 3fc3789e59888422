/**
 * Reduce-scatter as an allreduce by recursive doubling of which each rank keeps its piece. For short messages of
 * operations that do not commute. Any number of ranks and counts. Operands combine in rank order.
 * Cost: k·(α + nβ + nγ), k = ⌊lg p⌋; p not a power of two adds 2(α + nβ) + nγ.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.3.
 */

import { type Algorithm, copy, type ReduceScatterCall, type Steps } from '../algorithm.ts';
import { allocateLike } from '../element-type.ts';
import { pieceOf } from '../layout.ts';
import { allreduceRecursiveDoubling } from './allreduce-recursive-doubling.ts';

export const reduceScatterRecursiveDoubling: Algorithm<'reduceScatter'> = {
  collective: 'reduceScatter',
  name: 'recursive-doubling',
  commutativeOnly: false,
  evenOnly: false,

  cost: (size, bytes) => allreduceRecursiveDoubling.cost(size, bytes),

  *steps(call: ReduceScatterCall): Steps {
    const vector = allocateLike(call.vector, call.vector.length);
    yield copy(vector, call.vector);
    yield* allreduceRecursiveDoubling.steps({ ...call, vector });
    yield copy(call.own, pieceOf(vector, call.layout, call.rank));
  },
};
