/**
 * Allreduce by a reduce-scatter and an allgather (Rabenseifner). Best for long messages. Any number of ranks.
 * Operands combine in rank order. Cost, k = ⌊lg p⌋, q = 2^k: 2k·α + 2·n·(q − 1)/q·β + n·(q − 1)/q·γ; p not a power of
 * two adds 2(α + nβ) + nγ.
 * Source: Rabenseifner, Optimization of Collective Reduction Operations, ICCS 2004.
 */

import { type Algorithm, copy, type ReductionCall, receive, type Steps, send, wait } from '../algorithm.ts';
import { foldIn, foldMessages, foldOf, foldOut } from '../fold.ts';
import { halve } from '../halving.ts';
import { floorLog2 } from '../powers.ts';

export const allreduceRabenseifner: Algorithm<'allreduce'> = {
  collective: 'allreduce',
  name: 'rabenseifner',
  commutativeOnly: false,
  evenOnly: false,
  readsOperand: true,

  cost(size, bytes) {
    const k = floorLog2(size);
    const survivors = 2 ** k;
    const folded = foldMessages(size);
    const extra = folded > 0 ? 1 : 0;
    const share = ((survivors - 1) * bytes) / survivors;
    return {
      rounds: 2 * k + 2 * extra,
      pathBytes: 2 * share + 2 * extra * bytes,
      pathReduced: share + extra * bytes,
      messages: 2 * folded + 2 * survivors * k,
      bytes: 2 * folded * bytes + 2 * (survivors - 1) * bytes,
    };
  },

  *steps(call: ReductionCall): Steps {
    const { rank, size, tag } = call;
    const fold = foldOf(rank, size);
    const { vector, operand, ...rest } = call;
    // Who folds, or has nobody to exchange with, needs its operand in place.
    const isApart = operand !== undefined && fold.partner < 0 && fold.survivors > 1;
    if (operand !== undefined && !isApart) yield copy(vector, operand);
    yield* foldIn(fold, call);
    if (fold.place >= 0) {
      const exchanges = yield* halve(fold, { ...rest, vector, ...(isApart ? { operand } : {}), tag: tag + 1 });
      // On each turn `kept` is complete here, and `given` at the peer.
      for (const { peer, kept, given } of [...exchanges].reverse()) {
        yield receive(peer, tag + 2, given);
        yield send(peer, tag + 2, kept);
        yield wait();
      }
    }
    yield* foldOut(fold, { ...call, tag: tag + 3 });
  },
};
