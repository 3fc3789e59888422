/**
 * Broadcast by a binomial tree. Best for short messages. Any number of ranks.
 * Ranks other than the root may pass a longer vector than the root's; its head is then filled.
 * Cost: ⌈lg p⌉·(α + nβ).
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.2.
 */

import { type Algorithm, type BroadcastCall, receiveUpTo, type Steps, send, waitFor } from '../algorithm.ts';
import { slice } from '../layout.ts';
import { ceilLog2 } from '../powers.ts';

export const broadcastBinomial: Algorithm<'broadcast'> = {
  collective: 'broadcast',
  name: 'binomial',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const rounds = ceilLog2(size);
    return { rounds, pathBytes: rounds * bytes, pathReduced: 0, messages: size - 1, bytes: (size - 1) * bytes };
  },

  *steps({ rank, size, tag, root, vector }: BroadcastCall): Steps {
    const position = (rank - root + size) % size;
    let filled = vector;
    let mask = 1;
    while (mask < size && (position & mask) === 0) mask *= 2;
    if (position !== 0) {
      const incoming = receiveUpTo((position - mask + root) % size, tag, vector);
      yield incoming;
      yield waitFor(incoming);
      filled = slice(vector, 0, incoming.received);
    }
    // The farthest child first: its subtree is the deepest.
    for (mask /= 2; mask >= 1; mask /= 2) {
      if (position + mask < size) yield send((position + mask + root) % size, tag, filled);
    }
  },
};
