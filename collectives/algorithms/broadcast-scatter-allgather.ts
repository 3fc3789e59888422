/**
 * Broadcast by a binomial scatter and a ring allgather. Best for long messages. Any number of ranks.
 * Every rank must know the length. Cost: (⌈lg p⌉ + p − 1)·α + 2·n·(p − 1)/p·β.
 * Source: van de Geijn; Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.2.
 */

import { type Algorithm, type BroadcastCall, receive, type Steps, send, wait } from '../algorithm.ts';
import { blockStart, slice } from '../layout.ts';
import { binomialTraffic, ceilLog2, subtreeSize } from '../powers.ts';
import { circulate } from './allgather-ring.ts';

export const broadcastScatterAllgather: Algorithm<'broadcast'> = {
  collective: 'broadcast',
  name: 'scatter-allgather',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    return {
      rounds: ceilLog2(size) + size - 1,
      pathBytes: (2 * (size - 1) * bytes) / size,
      pathReduced: 0,
      messages: (size - 1) * (size + 1),
      bytes: (binomialTraffic(size) * bytes) / size + (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, root, vector }: BroadcastCall): Steps {
    const position = (rank - root + size) % size;
    const rankAt = (other: number) => (other + root) % size;
    const blocks = (first: number, end: number) =>
      slice(vector, blockStart(vector.length, size, first), blockStart(vector.length, size, end));

    let mask = 1;
    while (mask < size && (position & mask) === 0) mask *= 2;
    if (position !== 0) {
      yield receive(rankAt(position - mask), tag, blocks(position, position + subtreeSize(position, size)));
      yield wait();
    }
    // On each turn this rank holds the blocks of the positions from its own up to `position + 2·mask`.
    for (mask /= 2; mask >= 1; mask /= 2) {
      const child = position + mask;
      if (child < size) yield send(rankAt(child), tag, blocks(child, child + subtreeSize(child, size)));
    }
    yield wait();

    const ring = { position, size, next: rankAt(position + 1), previous: rankAt(position - 1 + size), tag: tag + 1 };
    yield* circulate(ring, (index) => blocks(index, index + 1));
  },
};
