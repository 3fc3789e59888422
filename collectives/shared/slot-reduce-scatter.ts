/** Reduce-scatter of arrays that fit a slot: each rank combines its piece, or the last one to arrive all of them. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import type { Operands } from './operands.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { copyRange, copyShort } from './slot-copy.ts';
import { commonAt, foldAt, foldInto } from './slot-fold.ts';

export class SlotReduceScatter implements SlotCall<NumericArray> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly whom: number;
  readonly isAwaited = false;
  readonly #data: NumericArray;
  readonly #own: NumericArray;
  readonly #from: number;
  readonly #operands: Operands;

  /** `own` is as long as this rank's piece, which starts at element `from`; `layout` the word of `layoutWord`. */
  constructor(
    { data, own, from, layout }: { data: NumericArray; own: NumericArray; from: number; layout: number },
    operands: Operands,
    number: number,
  ) {
    this.kind = kinds.reduceScatter | operands.word | layout;
    this.length = data.length;
    this.place = placeWord(0, number);
    this.whom = own.length === 0 ? Whom.nobody : Whom.everyone;
    this.#data = data;
    this.#own = own;
    this.#from = from;
    this.#operands = operands;
  }

  put(team: Team, step: number): void {
    copyShort(team.payload(this.#operands.type.code, team.rank, step), this.#data, this.length);
  }

  combine(team: Team, step: number): void {
    const all = { from: 0, length: this.length, end: team.size };
    foldAt(commonAt(team, step), team, step, this.#operands, all);
  }

  take(team: Team, step: number): NumericArray {
    const [own, from, operands] = [this.#own, this.#from, this.#operands];
    if (team.counting) copyRange(own, 0, team.payload(operands.type.code, -1, step), from, own.length);
    else foldInto(own, team, step, operands, { from, length: own.length, end: team.size });
    return own;
  }
}
