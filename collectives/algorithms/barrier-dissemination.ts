/**
 * Barrier by dissemination: in round k each rank signals the rank 2^k above it and waits for the one 2^k below.
 * Any number of ranks. Cost: ⌈lg p⌉·α.
 * Source: Hensgen, Finkel, Manber, International Journal of Parallel Programming 17(1), 1988.
 */

import { type Algorithm, type Place, receive, type Steps, send, wait } from '../algorithm.ts';
import { ceilLog2 } from '../powers.ts';

const nothing = new Uint8Array(0);

export const barrierDissemination: Algorithm<'barrier'> = {
  collective: 'barrier',
  name: 'dissemination',
  commutativeOnly: false,
  evenOnly: false,

  cost(size) {
    const rounds = ceilLog2(size);
    return { rounds, pathBytes: 0, pathReduced: 0, messages: size * rounds, bytes: 0 };
  },

  *steps({ rank, size, tag }: Place): Steps {
    // On each turn this rank has heard, directly or not, of the `distance` − 1 ranks below it.
    for (let distance = 1; distance < size; distance *= 2) {
      yield receive((rank - distance + size) % size, tag, nothing);
      yield send((rank + distance) % size, tag, nothing);
      yield wait();
    }
  },
};
