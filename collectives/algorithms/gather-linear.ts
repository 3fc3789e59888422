/**
 * Gather by one message from each rank to the root. Best for long messages, and the only one that needs no agreement
 * on the counts: a rank must know its own, the root all. Any number of ranks.
 * Cost: (p − 1)·α + n·(p − 1)/p·β.
 * Source: MPI-4.1, §6.5 (the definition of MPI_Gatherv).
 */

import { type Algorithm, copy, type GatherCall, receive, type Steps, send } from '../algorithm.ts';
import { countOf, pieceOf } from '../layout.ts';

export const gatherLinear: Algorithm<'gather'> = {
  collective: 'gather',
  name: 'linear',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const share = ((size - 1) * bytes) / size;
    return { rounds: size - 1, pathBytes: share, pathReduced: 0, messages: size - 1, bytes: share };
  },

  *steps({ rank, size, tag, root, layout, own, all }: GatherCall): Steps {
    if (all === null) {
      if (own.length > 0 || !layout.sparse) yield send(root, tag, own);
      return;
    }
    // The root's neighbour first, so that not all roots of a program wait for the same rank.
    for (let i = 1; i < size; i++) {
      const peer = (rank + i) % size;
      if (countOf(layout, peer) > 0 || !layout.sparse) yield receive(peer, tag, pieceOf(all, layout, peer));
    }
    yield copy(pieceOf(all, layout, rank), own);
  },
};
