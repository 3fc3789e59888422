/**
 * Reduce-scatter by recursive halving. Best for short messages. Any number of ranks and counts; only for operations
 * that commute: the farthest ranks exchange first.
 * Cost, k = ⌊lg p⌋, q = 2^k: k·α + n·(q − 1)/q·(β + γ); p not a power of two adds at most 2α + 2n·(β + γ).
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.3.
 */

import { type Algorithm, copy, type ReduceScatterCall, receive, reduce, type Steps, send, wait } from '../algorithm.ts';
import { allocateLike } from '../element-type.ts';
import { foldIn, foldMessages, foldOf } from '../fold.ts';
import { countOf, pieceOf, slice, totalOf } from '../layout.ts';
import { floorLog2 } from '../powers.ts';

export const reduceScatterRecursiveHalving: Algorithm<'reduceScatter'> = {
  collective: 'reduceScatter',
  name: 'recursive-halving',
  commutativeOnly: true,
  evenOnly: false,

  cost(size, bytes) {
    const k = floorLog2(size);
    const survivors = 2 ** k;
    const folded = foldMessages(size);
    const extra = folded > 0 ? 1 : 0;
    // The first places stand for two ranks each and keep two pieces, so the longest half is the first one.
    let pieces = 0;
    for (let half = survivors / 2; half >= 1; half /= 2) pieces += half + Math.min(half, folded);
    const share = (bytes * pieces) / size;
    return {
      rounds: k + 2 * extra,
      pathBytes: share + extra * (bytes + bytes / size),
      pathReduced: share + extra * bytes,
      messages: 2 * folded + survivors * k,
      bytes: folded * (bytes + bytes / size) + (survivors - 1) * bytes,
    };
  },

  *steps(call: ReduceScatterCall): Steps {
    const { rank, size, tag, layout, own, combine } = call;
    const fold = foldOf(rank, size);
    const work = allocateLike(call.vector, totalOf(layout.counts));
    yield copy(work, call.vector);
    yield* foldIn(fold, { ...call, vector: work });

    if (fold.place >= 0) {
      const pairs = size - fold.survivors;
      const firstRank = (place: number) => (place < pairs ? 2 * place : place + pairs);
      const startOf = (place: number) =>
        place < fold.survivors ? (layout.offsets[firstRank(place)] ?? 0) : work.length;
      const incoming = allocateLike(work, size > 1 ? work.length : 0);
      let first = 0;
      let end = fold.survivors;
      // On each turn the blocks of places `first` to `end` hold the reduction over the survivors outside that range
      // that agree with this one on the bits below `mask`.
      for (let mask = fold.survivors / 2; mask >= 1; mask /= 2) {
        const middle = (first + end) / 2;
        const lower = fold.place < middle;
        const [keepFirst, keepEnd] = lower ? [first, middle] : [middle, end];
        const [giveFirst, giveEnd] = lower ? [middle, end] : [first, middle];
        const kept = slice(work, startOf(keepFirst), startOf(keepEnd));
        const theirs = slice(incoming, 0, kept.length);
        const peer = fold.rankAt(fold.place ^ mask);
        yield receive(peer, tag + 1, theirs);
        yield send(peer, tag + 1, slice(work, startOf(giveFirst), startOf(giveEnd)));
        yield wait();
        yield reduce(combine, kept, kept, theirs);
        [first, end] = [keepFirst, keepEnd];
      }
      yield copy(own, pieceOf(work, layout, rank));
    }

    if (fold.partner >= 0 && fold.place >= 0) yield send(fold.partner, tag + 2, pieceOf(work, layout, fold.partner));
    if (fold.place < 0) yield receive(fold.partner, tag + 2, slice(own, 0, countOf(layout, rank)));
  },
};
