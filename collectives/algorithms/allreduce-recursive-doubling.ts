/**
 * Allreduce by recursive doubling. Best for short messages. Any number of ranks. Operands combine in rank order.
 * Cost: k·α + k·n·β + k·n·γ, k = ⌊lg p⌋; p not a power of two adds 2(α + nβ) + nγ.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.5.
 */

import { type Algorithm, type ReductionCall, receive, reduce, type Steps, send, wait } from '../algorithm.ts';
import { borrow, giveBack } from '../scratch.ts';
import { foldIn, foldMessages, foldOf, foldOut } from '../fold.ts';
import { floorLog2 } from '../powers.ts';

export const allreduceRecursiveDoubling: Algorithm<'allreduce'> = {
  collective: 'allreduce',
  name: 'recursive-doubling',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const k = floorLog2(size);
    const survivors = 2 ** k;
    const folded = foldMessages(size);
    const extra = folded > 0 ? 1 : 0;
    return {
      rounds: k + 2 * extra,
      pathBytes: (k + 2 * extra) * bytes,
      pathReduced: (k + extra) * bytes,
      messages: 2 * folded + survivors * k,
      bytes: (2 * folded + survivors * k) * bytes,
    };
  },

  *steps(call: ReductionCall): Steps {
    const { rank, size, tag, vector, combine } = call;
    const fold = foldOf(rank, size);
    yield* foldIn(fold, call);
    if (fold.place >= 0 && size > 1) {
      const incoming = borrow(vector, vector.length);
      // On each turn `vector` is the reduction over the `mask` survivors whose places differ from this one's below it.
      for (let mask = 1; mask < fold.survivors; mask *= 2) {
        const peer = fold.rankAt(fold.place ^ mask);
        yield receive(peer, tag + 1, incoming);
        yield send(peer, tag + 1, vector);
        yield wait();
        if ((fold.place & mask) === 0) yield reduce(combine, vector, vector, incoming);
        else yield reduce(combine, vector, incoming, vector);
      }
      giveBack(incoming);
    }
    yield* foldOut(fold, { ...call, tag: tag + 2 });
  },
};
