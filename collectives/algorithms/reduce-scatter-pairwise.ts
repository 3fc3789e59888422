/**
 * Reduce-scatter by pairwise exchange: each rank gets its own piece from every other and reduces it. Best for long
 * messages. Any number of ranks and counts. Operands combine in rank order.
 * Cost: (p − 1)·α + n·(p − 1)/p·β + at most n·γ (a rank reduces p − 1 pieces, but its peers one turn earlier or later).
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.3; the order is kept by reducing the ranks below and
 * the ranks above apart.
 */

import {
  type Algorithm,
  copy,
  type ReduceScatterCall,
  receive,
  reduce,
  type Steps,
  send,
  wait,
  waitFor,
} from '../algorithm.ts';
import { borrow, giveBack } from '../scratch.ts';
import { pieceOf } from '../layout.ts';

export const reduceScatterPairwise: Algorithm<'reduceScatter'> = {
  collective: 'reduceScatter',
  name: 'pairwise',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const share = ((size - 1) * bytes) / size;
    return {
      rounds: size - 1,
      pathBytes: share,
      pathReduced: size === 1 ? 0 : bytes,
      messages: size * (size - 1),
      bytes: (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, vector, layout, own, combine }: ReduceScatterCall): Steps {
    const spare = () => borrow(own, size > 1 ? own.length : 0);
    const incoming = spare();
    const above = spare();
    yield copy(own, pieceOf(vector, layout, rank));

    // The sources come in falling order, round the end. On each turn `own` is the reduction from the last source up
    // to this rank, or, past the end, `above` is that from the last source up to the last rank.
    for (let i = 1; i < size; i++) {
      const to = (rank + i) % size;
      const from = (rank - i + size) % size;
      const first = from === size - 1;
      const arriving = receive(from, tag, first ? above : incoming);
      yield arriving;
      yield send(to, tag, pieceOf(vector, layout, to));
      yield waitFor(arriving);
      if (from < rank) yield reduce(combine, own, incoming, own);
      else if (!first) yield reduce(combine, above, incoming, above);
    }
    if (rank < size - 1) yield reduce(combine, own, own, above);
    yield wait();
    giveBack(incoming);
    giveBack(above);
  },
};
