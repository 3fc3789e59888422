/**
 * Reduce-scatter by vector halving and distance doubling, and its way back: the halves of Rabenseifner's algorithms.
 * Neighbours exchange first, so operands combine in rank order; the blocks end in bit-reversed order, which only the
 * way back needs to know.
 * Source: Rabenseifner, Optimization of Collective Reduction Operations, ICCS 2004.
 */

import type { NumericArray } from '../runtime/core/api.ts';
import { type ReductionCall, receive, reduce, send, type Step, wait } from './algorithm.ts';
import type { Fold } from './fold.ts';
import { blockStart, slice } from './layout.ts';
import { borrow, giveBack } from './scratch.ts';

/** One exchange: with the survivor whose place differs in `mask`; this rank kept `kept`, its peer got `given`. */
export interface Halving {
  readonly mask: number;
  readonly peer: number;
  readonly kept: NumericArray;
  readonly given: NumericArray;
}

/** For survivors only. Afterwards the part that was kept last is reduced. Returns the exchanges, in their order. */
export function* halve(fold: Fold, call: ReductionCall): Generator<Step, readonly Halving[], void> {
  const { vector, operand, combine, tag } = call;
  const blocks = (first: number, end: number, of = vector) =>
    slice(of, blockStart(vector.length, fold.survivors, first), blockStart(vector.length, fold.survivors, end));
  const incoming = borrow(vector, fold.survivors > 1 ? Math.ceil(vector.length / 2) + 1 : 0);
  const exchanges: Halving[] = [];
  let first = 0;
  let end = fold.survivors;

  // On each turn blocks `first` to `end` hold the reduction over the `mask` survivors around this one.
  for (let mask = 1; mask < fold.survivors; mask *= 2) {
    const middle = (first + end) / 2;
    const lower = (fold.place & mask) === 0;
    const from = operand !== undefined && mask === 1 ? operand : vector;
    const [keptFrom, keptTo] = lower ? ([first, middle] as const) : ([middle, end] as const);
    const [givenFrom, givenTo] = lower ? ([middle, end] as const) : ([first, middle] as const);
    const kept = blocks(keptFrom, keptTo);
    const own = blocks(keptFrom, keptTo, from);
    const peer = fold.rankAt(fold.place ^ mask);
    const theirs = slice(incoming, 0, kept.length);
    yield receive(peer, tag, theirs);
    yield send(peer, tag, blocks(givenFrom, givenTo, from));
    yield wait();
    if (lower) yield reduce(combine, kept, own, theirs);
    else yield reduce(combine, kept, theirs, own);
    exchanges.push({ mask, peer, kept, given: blocks(givenFrom, givenTo) });
    if (lower) end = middle;
    else first = middle;
  }
  giveBack(incoming);
  return exchanges;
}
