/**
 * Folding any number of ranks onto a power of two: of the first 2·(p − 2^⌊lg p⌋) ranks every second one hands its
 * operand to its neighbour and sits out. Order among those who go on is the order of ranks.
 * Source: Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005, §4.5.
 */

import { type ReductionCall, receive, reduce, send, type Step, wait } from './algorithm.ts';
import { borrow, giveBack } from './scratch.ts';
import { floorLog2 } from './powers.ts';

export interface Fold {
  /** A power of two: who goes on. */
  readonly survivors: number;
  /** This rank's place among the survivors; −1 when it sits out. */
  readonly place: number;
  /** The rank at a place. */
  rankAt(place: number): number;
  /** The other rank of this one's pair; −1 when it has none. */
  readonly partner: number;
}

/** Of each pair the even rank goes on, unless `keep` is the odd one. */
export function foldOf(rank: number, size: number, keep = -1): Fold {
  const survivors = 2 ** floorLog2(size);
  const pairs = size - survivors;
  const rankAt = (place: number) => {
    if (place >= pairs) return place + pairs;
    return keep === 2 * place + 1 ? keep : 2 * place;
  };
  if (rank >= 2 * pairs) return { survivors, place: rank - pairs, rankAt, partner: -1 };
  const pair = Math.floor(rank / 2);
  return { survivors, place: rankAt(pair) === rank ? pair : -1, rankAt, partner: rank ^ 1 };
}

/** After it, the survivors' vectors hold the operands of all ranks. */
export function* foldIn(fold: Fold, { rank, tag, vector, combine }: ReductionCall): Generator<Step, void, void> {
  if (fold.partner < 0) return;
  if (fold.place < 0) {
    yield send(fold.partner, tag, vector);
    yield wait();
    return;
  }
  const incoming = borrow(vector, vector.length);
  yield receive(fold.partner, tag, incoming);
  yield wait();
  if (rank < fold.partner) yield reduce(combine, vector, vector, incoming);
  else yield reduce(combine, vector, incoming, vector);
  giveBack(incoming);
}

/** After it, those who sat out have their partner's vector. */
export function* foldOut(fold: Fold, { tag, vector }: ReductionCall): Generator<Step, void, void> {
  if (fold.partner < 0) return;
  if (fold.place < 0) yield receive(fold.partner, tag, vector);
  else yield send(fold.partner, tag, vector);
  yield wait();
}

/** Messages that a fold takes, one way. */
export function foldMessages(size: number): number {
  return size - 2 ** floorLog2(size);
}
