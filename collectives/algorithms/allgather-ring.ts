/**
 * Allgather by a ring: each rank passes on what it got last. Best for long messages. Any number of ranks and counts.
 * Cost: (p − 1)·α + n·(p − 1)/p·β.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.1.
 */

import type { NumericArray } from '../../runtime/core/api.ts';
import { type Algorithm, type AllgatherCall, receive, type Steps, send, wait } from '../algorithm.ts';
import { pieceOf } from '../layout.ts';

export const allgatherRing: Algorithm<'allgather'> = {
  collective: 'allgather',
  name: 'ring',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    return {
      rounds: size - 1,
      pathBytes: ((size - 1) * bytes) / size,
      pathReduced: 0,
      messages: size * (size - 1),
      bytes: (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, layout, all }: AllgatherCall): Steps {
    const ring = { position: rank, size, next: (rank + 1) % size, previous: (rank - 1 + size) % size, tag };
    yield* circulate(ring, (position) => pieceOf(all, layout, position));
  },
};

/** A ring of `size` positions, as the one at `position` sees it: `next` and `previous` are ranks. */
export interface Ring {
  readonly position: number;
  readonly size: number;
  readonly next: number;
  readonly previous: number;
  readonly tag: number;
}

/** Each position begins with its own piece and ends with all. */
export function* circulate(ring: Ring, pieceAt: (position: number) => NumericArray): Steps {
  const { position, size, next, previous, tag } = ring;
  // On turn `hop` this rank holds the pieces of the `hop` positions up to its own.
  for (let hop = 1; hop < size; hop++) {
    yield receive(previous, tag, pieceAt((position - hop + size) % size));
    yield send(next, tag, pieceAt((position - hop + 1 + size) % size));
    yield wait();
  }
}
