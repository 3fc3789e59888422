/**
 * Gather by a binomial tree. Best for short messages. Any number of ranks and counts; every rank must know all counts.
 * Cost: ⌈lg p⌉·α + n·(p − 1)/p·β.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4; MPICH's gather_intra_binomial.
 */

import type { NumericArray } from '../../runtime/core/api.ts';
import { type Algorithm, copy, type GatherCall, receive, type Steps, send, wait } from '../algorithm.ts';
import { allocateLike } from '../element-type.ts';
import { countOf, packed, pieceOf, slice, totalOf } from '../layout.ts';
import { binomialTraffic, ceilLog2, subtreeSize } from '../powers.ts';

export const gatherBinomial: Algorithm<'gather'> = {
  collective: 'gather',
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

  *steps({ rank, size, tag, root, layout, own, all }: GatherCall): Steps {
    const position = (rank - root + size) % size;
    const rankAt = (other: number) => (other + root) % size;
    // The pieces of this rank's subtree lie one after another, in the order of positions.
    const counts = Array.from({ length: subtreeSize(position, size) }, (_, i) => countOf(layout, rankAt(position + i)));
    const shifted = packed(counts);
    const startOf = (i: number) => shifted.offsets[i] ?? 0;
    const alone = counts.length === 1 && all === null;
    const work: NumericArray = alone ? own : allocateLike(own, totalOf(counts));
    if (!alone) yield copy(pieceOf(work, shifted, 0), own);

    let mask = 1;
    for (; mask < size && (position & mask) === 0; mask *= 2) {
      if (position + mask >= size) continue;
      const end = mask + subtreeSize(position + mask, size);
      const until = end < counts.length ? startOf(end) : work.length;
      yield receive(rankAt(position + mask), tag, slice(work, startOf(mask), until));
    }
    yield wait();
    if (position !== 0) yield send(rankAt(position - mask), tag, work);
    if (all === null) return;
    for (let i = 0; i < size; i++) yield copy(pieceOf(all, layout, rankAt(i)), pieceOf(work, shifted, i));
  },
};
