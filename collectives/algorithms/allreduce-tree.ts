/**
 * Allreduce by a tree of few levels: up to rank 0, and back. Best with more ranks than cores, where each message costs
 * processor time that another rank wants: it sends the fewest. Any number of ranks. Operands combine in rank order.
 * Cost, c = the children of rank 0, at most b − 1 = 3 on each of ⌈log_b p⌉ levels: 2c·α + 2c·n·β + c·n·γ.
 * Source: Ruefenacht, Bull, Booth, Generalisation of recursive doubling for AllReduce, Parallel Computing 69, 2017 (its
 * k-nomial reduce, and a broadcast by the same tree).
 */

import {
  type Algorithm,
  copy,
  type ReceiveStep,
  receive,
  type ReductionCall,
  reduce,
  send,
  type Steps,
  waitFor,
} from '../algorithm.ts';
import { borrow, giveBack } from '../scratch.ts';

const branches = 4;

export const allreduceTree: Algorithm<'allreduce'> = {
  collective: 'allreduce',
  name: 'tree',
  commutativeOnly: false,
  evenOnly: false,
  readsOperand: true,

  cost(size, bytes) {
    let path = 0;
    for (let span = 1; span < size; span *= branches) path += childrenOf(0, span, size).length;
    return {
      rounds: 2 * path,
      pathBytes: 2 * path * bytes,
      pathReduced: path * bytes,
      messages: 2 * (size - 1),
      bytes: 2 * (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, vector, operand, combine }: ReductionCall): Steps {
    const incoming: ReceiveStep[] = [];
    let span = 1;
    for (; span < size && rank % (span * branches) === 0; span *= branches) {
      for (const child of childrenOf(rank, span, size)) {
        const step = receive(child, tag, borrow(vector, vector.length));
        yield step;
        incoming.push(step);
      }
    }
    // On each turn `sum` is the reduction of this rank and of all between it and the next child.
    let sum = operand ?? vector;
    for (const step of incoming) {
      yield waitFor(step);
      yield reduce(combine, vector, sum, step.into);
      giveBack(step.into);
      sum = vector;
    }
    if (rank > 0) {
      const parent = rank - (rank % (span * branches));
      const up = send(parent, tag, sum);
      yield up;
      yield waitFor(up);
      const down = receive(parent, tag + 1, vector);
      yield down;
      yield waitFor(down);
    } else if (sum !== vector) yield copy(vector, sum);
    // The deepest subtrees first.
    while (span > 1) {
      span /= branches;
      for (const child of childrenOf(rank, span, size)) yield send(child, tag + 1, vector);
    }
  },
};

/** The ranks that a rank has below it on the level of `span`. */
function childrenOf(rank: number, span: number, size: number): number[] {
  const children: number[] = [];
  for (let nth = 1; nth < branches && rank + nth * span < size; nth += 1) children.push(rank + nth * span);
  return children;
}
