/**
 * Allreduce by a ring: each block is reduced once around it, then passed once around it. Best for the longest
 * messages when p is not a power of two. Any number of ranks; only for operations that commute: a block's operands
 * combine in ring order, beginning at the rank after its owner.
 * Cost: 2(p − 1)·α + 2·n·(p − 1)/p·β + n·(p − 1)/p·γ.
 * Source: Patarasuk, Yuan, Journal of Parallel and Distributed Computing 69(2), 2009.
 */

import { type Algorithm, type ReductionCall, receive, reduce, type Steps, send, wait } from '../algorithm.ts';
import { blockStart, slice } from '../layout.ts';
import { borrow, giveBack } from '../scratch.ts';
import { circulate } from './allgather-ring.ts';

export const allreduceRing: Algorithm<'allreduce'> = {
  collective: 'allreduce',
  name: 'ring',
  commutativeOnly: true,
  evenOnly: false,

  cost(size, bytes) {
    const share = ((size - 1) * bytes) / size;
    return {
      rounds: 2 * (size - 1),
      pathBytes: 2 * share,
      pathReduced: share,
      messages: 2 * size * (size - 1),
      bytes: 2 * (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, vector, combine }: ReductionCall): Steps {
    const next = (rank + 1) % size;
    const previous = (rank - 1 + size) % size;
    const block = (index: number) =>
      slice(vector, blockStart(vector.length, size, index), blockStart(vector.length, size, index + 1));
    const incoming = borrow(vector, size > 1 ? Math.ceil(vector.length / size) : 0);

    // On turn `hop` this rank holds the block `hop` − 1 below its own, reduced over the `hop` ranks up to itself.
    for (let hop = 1; hop < size; hop++) {
      const mine = block((rank - hop + size) % size);
      const theirs = slice(incoming, 0, mine.length);
      yield receive(previous, tag, theirs);
      yield send(next, tag, block((rank - hop + 1 + size) % size));
      yield wait();
      yield reduce(combine, mine, theirs, mine);
    }
    giveBack(incoming);
    // The block that is complete here is the one after this rank's own.
    yield* circulate({ position: rank, size, next, previous, tag: tag + 1 }, (index) => block((index + 1) % size));
  },
};
