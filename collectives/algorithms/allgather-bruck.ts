/**
 * Allgather by Bruck's concatenation. Best for short messages. Any number of ranks and counts.
 * Cost: ⌈lg p⌉·α + n·(p − 1)/p·β, and a copy of n.
 * Source: Bruck, Ho, Kipnis, Upfal, Weathersby, IEEE TPDS 8(11), 1997, §4.
 */

import { type Algorithm, type AllgatherCall, copy, receive, type Steps, send, wait } from '../algorithm.ts';
import { allocateLike } from '../element-type.ts';
import { countOf, packed, pieceOf, slice } from '../layout.ts';
import { ceilLog2 } from '../powers.ts';

export const allgatherBruck: Algorithm<'allgather'> = {
  collective: 'allgather',
  name: 'bruck',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const rounds = ceilLog2(size);
    return {
      rounds,
      pathBytes: ((size - 1) * bytes) / size,
      pathReduced: 0,
      messages: size * rounds,
      bytes: (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, layout, all }: AllgatherCall): Steps {
    // In `work` piece i belongs to the rank i above this one.
    const above = Array.from({ length: size }, (_, i) => countOf(layout, (rank + i) % size));
    const shifted = packed(above);
    const ends = above.map((count, i) => (shifted.offsets[i] ?? 0) + count);
    const endOf = (pieces: number) => ends[pieces - 1] ?? 0;
    const work = allocateLike(all, endOf(size));
    yield copy(pieceOf(work, shifted, 0), pieceOf(all, layout, rank));

    // On each turn `work` holds `held` pieces.
    for (let held = 1; held < size; held *= 2) {
      const more = Math.min(held, size - held);
      yield receive((rank + held) % size, tag, slice(work, endOf(held), endOf(held + more)));
      yield send((rank - held + size) % size, tag, slice(work, 0, endOf(more)));
      yield wait();
    }
    for (let i = 1; i < size; i++) yield copy(pieceOf(all, layout, (rank + i) % size), pieceOf(work, shifted, i));
  },
};
