/**
 * Reduce by a binomial tree. Best for short messages. Any number of ranks.
 * Operands combine in rank order unless the operation commutes; the tree then hangs from rank 0, which hands the
 * result to the root. Cost: ⌈lg p⌉·(α + nβ + nγ); an operation that does not commute adds α + nβ unless the root is 0.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.4.
 */

import { type Algorithm, type RootedReductionCall, receive, reduce, type Steps, send, wait } from '../algorithm.ts';
import { ceilLog2 } from '../powers.ts';
import { borrow, giveBack } from '../scratch.ts';

export const reduceBinomial: Algorithm<'reduce'> = {
  collective: 'reduce',
  name: 'binomial',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const rounds = ceilLog2(size);
    return {
      rounds,
      pathBytes: rounds * bytes,
      pathReduced: rounds * bytes,
      messages: size - 1,
      bytes: (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, root, vector, combine, commutative }: RootedReductionCall): Steps {
    const top = commutative ? root : 0;
    const position = (rank - top + size) % size;
    const incoming = borrow(vector, position % 2 === 0 && size > 1 ? vector.length : 0);

    // On each turn `vector` is the reduction of the positions from this one up to `position + mask`.
    for (let mask = 1; mask < size; mask *= 2) {
      if ((position & mask) !== 0) {
        yield send((position - mask + top) % size, tag, vector);
        yield wait();
        break;
      }
      if (position + mask < size) {
        yield receive((position + mask + top) % size, tag, incoming);
        yield wait();
        yield reduce(combine, vector, vector, incoming);
      }
    }

    giveBack(incoming);

    if (top !== root && rank === top) yield send(root, tag + 1, vector);
    if (top !== root && rank === root) yield receive(top, tag + 1, vector);
  },
};
