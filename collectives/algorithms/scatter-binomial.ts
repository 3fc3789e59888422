/**
 * Scatter by a binomial tree. Best for short messages. Any number of ranks and counts; every rank must know all counts.
 * Cost: ⌈lg p⌉·α + n·(p − 1)/p·β.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4; MPICH's scatter_intra_binomial.
 */

import type { NumericArray } from '../../runtime/core/api.ts';
import { type Algorithm, copy, receive, type ScatterCall, type Steps, send, wait } from '../algorithm.ts';
import { allocateLike } from '../element-type.ts';
import { countOf, packed, pieceOf, slice, totalOf } from '../layout.ts';
import { binomialTraffic, ceilLog2, subtreeSize } from '../powers.ts';

export const scatterBinomial: Algorithm<'scatter'> = {
  collective: 'scatter',
  name: 'binomial',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    return {
      rounds: ceilLog2(size),
      pathBytes: ((size - 1) * bytes) / size,
      pathReduced: 0,
      messages: size - 1,
      bytes: (binomialTraffic(size) * bytes) / size,
    };
  },

  *steps({ rank, size, tag, root, layout, own, all }: ScatterCall): Steps {
    const position = (rank - root + size) % size;
    const rankAt = (other: number) => (other + root) % size;
    // The pieces of this rank's subtree lie one after another, in the order of positions.
    const counts = Array.from({ length: subtreeSize(position, size) }, (_, i) => countOf(layout, rankAt(position + i)));
    const shifted = packed(counts);
    const startOf = (i: number) => shifted.offsets[i] ?? 0;
    const alone = counts.length === 1 && all === null;
    const work: NumericArray = alone ? own : allocateLike(own, totalOf(counts));

    let mask = 1;
    while (mask < size && (position & mask) === 0) mask *= 2;
    if (all !== null) {
      for (let i = 0; i < size; i++) yield copy(pieceOf(work, shifted, i), pieceOf(all, layout, rankAt(i)));
    } else {
      yield receive(rankAt(position - mask), tag, work);
      yield wait();
    }
    // The farthest child first: its subtree is the deepest.
    for (mask /= 2; mask >= 1; mask /= 2) {
      if (position + mask >= size) continue;
      const end = mask + subtreeSize(position + mask, size);
      const until = end < counts.length ? startOf(end) : work.length;
      yield send(rankAt(position + mask), tag, slice(work, startOf(mask), until));
    }
    if (!alone) yield copy(own, pieceOf(work, shifted, 0));
  },
};
