/** Alltoall of equal pieces that fit a slot all together. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import { headOf } from './operands.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { copyRange, copyShort } from './slot-copy.ts';

export class SlotAlltoall implements SlotCall<NumericArray> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly whom = Whom.everyone;
  readonly isAwaited = false;
  readonly #data: NumericArray;
  readonly #target: NumericArray;
  readonly #format: number;

  /** `format` is the code of both arrays' type. */
  constructor(data: NumericArray, target: NumericArray, format: number, number: number) {
    this.kind = kinds.alltoall | format;
    this.length = data.length;
    this.place = placeWord(0, number);
    this.#data = data;
    this.#target = target;
    this.#format = format;
  }

  put(team: Team, step: number): void {
    copyShort(team.payload(this.#format, team.rank, step), this.#data, this.length);
  }

  combine(): void {
    // Each takes what is for it.
  }

  take(team: Team, step: number): NumericArray {
    const piece = this.length / team.size;
    for (let peer = 0; peer < team.size; peer += 1) {
      copyRange(this.#target, peer * piece, team.payload(this.#format, peer, step), team.rank * piece, piece);
    }
    return headOf(this.#target, this.length);
  }
}
