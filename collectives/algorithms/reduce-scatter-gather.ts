/**
 * Reduce by a reduce-scatter and a gather to the root (Rabenseifner). Best for long messages. Any number of ranks.
 * Operands combine in rank order. Cost, k = ⌊lg p⌋, q = 2^k: 2k·α + 2·n·(q − 1)/q·β + n·(q − 1)/q·γ; p not a power of
 * two adds α + nβ + nγ.
 * Source: Rabenseifner, Optimization of Collective Reduction Operations, ICCS 2004.
 */

import { type Algorithm, type RootedReductionCall, receive, type Steps, send, wait } from '../algorithm.ts';
import { foldIn, foldMessages, foldOf } from '../fold.ts';
import { halve } from '../halving.ts';
import { floorLog2 } from '../powers.ts';

export const reduceScatterGather: Algorithm<'reduce'> = {
  collective: 'reduce',
  name: 'scatter-gather',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const k = floorLog2(size);
    const survivors = 2 ** k;
    const folded = foldMessages(size);
    const extra = folded > 0 ? 1 : 0;
    const share = ((survivors - 1) * bytes) / survivors;
    return {
      rounds: 2 * k + extra,
      pathBytes: 2 * share + extra * bytes,
      pathReduced: share + extra * bytes,
      messages: folded + survivors * k + survivors - 1,
      bytes: folded * bytes + (survivors - 1) * bytes + (k * bytes) / 2,
    };
  },

  *steps(call: RootedReductionCall): Steps {
    const { rank, size, tag, root } = call;
    // The root itself goes on, so that the result needs no last hop.
    const fold = foldOf(rank, size, root);
    yield* foldIn(fold, call);
    if (fold.place < 0) return;

    const exchanges = yield* halve(fold, { ...call, tag: tag + 1 });
    const apart = fold.place ^ foldOf(root, size, root).place;
    // On each turn this rank holds, fully reduced, all that the exchange to undo left it with.
    for (const { mask, peer, kept, given } of [...exchanges].reverse()) {
      if ((apart & mask) !== 0) {
        yield send(peer, tag + 2, kept);
        yield wait();
        return;
      }
      yield receive(peer, tag + 2, given);
      yield wait();
    }
  },
};
