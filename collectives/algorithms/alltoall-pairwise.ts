/**
 * Alltoall by pairwise exchange: on turn i each rank sends i ranks up and receives from i ranks down. Best for long
 * messages. Any number of ranks and counts; a rank must know its own. Cost: (p − 1)·α + n·(p − 1)/p·β.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.6.
 */

import {
  type Algorithm,
  type AlltoallCall,
  copy,
  type ReceiveStep,
  receive,
  type SendStep,
  type Steps,
  send,
  waitFor,
} from '../algorithm.ts';
import { alltoallExchangesMax } from '../../runtime/core/limits.ts';
import { countOf, pieceOf } from '../layout.ts';

export const alltoallPairwise: Algorithm<'alltoall'> = {
  collective: 'alltoall',
  name: 'pairwise',
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

  *steps({ rank, size, tag, input, inputLayout, output, outputLayout }: AlltoallCall): Steps {
    yield copy(pieceOf(output, outputLayout, rank), pieceOf(input, inputLayout, rank));
    const open: (readonly (SendStep | ReceiveStep)[])[] = [];
    for (let i = 1; i < size; i++) {
      const to = (rank + i) % size;
      const from = (rank - i + size) % size;
      const turn: (SendStep | ReceiveStep)[] = [];
      if (countOf(outputLayout, from) > 0 || !outputLayout.sparse) {
        turn.push(receive(from, tag, pieceOf(output, outputLayout, from)));
      }
      if (countOf(inputLayout, to) > 0 || !inputLayout.sparse)
        turn.push(send(to, tag, pieceOf(input, inputLayout, to)));
      yield* turn;
      open.push(turn);
      if (open.length === alltoallExchangesMax) yield waitFor(...(open.shift() ?? []));
    }
  },
};
