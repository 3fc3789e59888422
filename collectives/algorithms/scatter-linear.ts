/**
 * Scatter by one message from the root to each rank. Best for long messages, and the only one that needs no agreement
 * on the counts: a rank must know its own, the root all. Any number of ranks.
 * Cost: (p − 1)·α + n·(p − 1)/p·β.
 * Source: MPI-4.1, §6.6 (the definition of MPI_Scatterv).
 */

import { type Algorithm, copy, receive, type ScatterCall, type Steps, send, wait } from '../algorithm.ts';
import { countOf, pieceOf } from '../layout.ts';

export const scatterLinear: Algorithm<'scatter'> = {
  collective: 'scatter',
  name: 'linear',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const share = ((size - 1) * bytes) / size;
    return { rounds: size - 1, pathBytes: share, pathReduced: 0, messages: size - 1, bytes: share };
  },

  *steps({ rank, size, tag, root, layout, own, all }: ScatterCall): Steps {
    if (all === null) {
      if (own.length > 0 || !layout.sparse) yield receive(root, tag, own);
      return;
    }
    for (let i = 1; i < size; i++) {
      const peer = (rank + i) % size;
      if (countOf(layout, peer) > 0 || !layout.sparse) yield send(peer, tag, pieceOf(all, layout, peer));
    }
    // Only now: `own` may lie over pieces of others.
    yield wait();
    yield copy(own, pieceOf(all, layout, rank));
  },
};
