/**
 * Inclusive and exclusive scan by recursive doubling. Best for short messages. Any number of ranks. Operands combine
 * in rank order. Cost: ⌈lg p⌉·(α + nβ) + 2·⌈lg p⌉·nγ.
 * Source: MPICH's scan_intra_recursive_doubling; Hillis, Steele, CACM 29(12), 1986.
 */

import { type Algorithm, copy, receive, reduce, type ScanCall, type Steps, send, wait } from '../algorithm.ts';
import { borrow, giveBack } from '../scratch.ts';
import { ceilLog2 } from '../powers.ts';

export const scanRecursiveDoubling: Algorithm<'scan'> = {
  collective: 'scan',
  name: 'recursive-doubling',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const rounds = ceilLog2(size);
    let messages = 0;
    for (let mask = 1; mask < size; mask *= 2) {
      for (let rank = 0; rank < size; rank++) if ((rank ^ mask) < size) messages++;
    }
    return {
      rounds,
      pathBytes: rounds * bytes,
      pathReduced: 2 * rounds * bytes,
      messages,
      bytes: messages * bytes,
    };
  },

  *steps({ rank, size, tag, vector, combine, exclusive }: ScanCall): Steps {
    if (size === 1) return;
    const partial = borrow(vector, vector.length);
    const incoming = borrow(vector, vector.length);
    yield copy(partial, vector);
    let empty = exclusive;

    // On each turn `partial` is the reduction over the ranks that differ from this one below `mask`, and `vector` that
    // over those of them that are not above it (`empty`: there are none yet).
    for (let mask = 1; mask < size; mask *= 2) {
      const peer = rank ^ mask;
      if (peer >= size) continue;
      yield receive(peer, tag, incoming);
      yield send(peer, tag, partial);
      yield wait();
      if (peer > rank) {
        yield reduce(combine, partial, partial, incoming);
        continue;
      }
      yield reduce(combine, partial, incoming, partial);
      if (empty) yield copy(vector, incoming);
      else yield reduce(combine, vector, incoming, vector);
      empty = false;
    }
    giveBack(partial);
    giveBack(incoming);
  },
};
