/**
 * Reduce and allreduce of arrays that fit a slot. Operands combine in the order of ranks, whoever combines them: with
 * a core for each rank each that wants the result does it for itself, otherwise the last one to arrive for all.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import { headOf, type Operands } from './operands.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { copyShort } from './slot-copy.ts';
import { commonAt, foldAt, foldInto } from './slot-fold.ts';

/** What a rank gives, and where it wants the result: null where it gets none. */
export interface Reduced {
  readonly data: NumericArray;
  readonly target: NumericArray | null;
  /** True when the caller gave a number, and gets one. */
  readonly isNumber: boolean;
}

/** What the caller gets. */
export function resultOf({ data, target, isNumber }: Reduced): unknown {
  if (target === null) return undefined;
  return isNumber ? target[0] : headOf(target, data.length);
}

export class SlotReduce implements SlotCall<unknown> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly whom: number;
  readonly isAwaited = false;
  readonly #reduced: Reduced;
  readonly #operands: Operands;

  /** `root`: −1 for an allreduce. */
  constructor(root: number, reduced: Reduced, operands: Operands, number: number) {
    this.kind = (root < 0 ? kinds.allreduce : kinds.reduce) | operands.word;
    this.length = reduced.data.length;
    this.place = placeWord(Math.max(root, 0), number);
    this.whom = reduced.target === null ? Whom.nobody : Whom.everyone;
    this.#reduced = reduced;
    this.#operands = operands;
  }

  put(team: Team, step: number): void {
    copyShort(team.payload(this.#operands.type.code, team.rank, step), this.#reduced.data, this.length);
  }

  combine(team: Team, step: number): void {
    foldAt(commonAt(team, step), team, step, this.#operands, this.#range(team));
  }

  take(team: Team, step: number): unknown {
    const { target } = this.#reduced;
    if (target === null) return undefined;
    const { code } = this.#operands.type;
    if (team.counting) copyShort(target, team.payload(code, -1, step), this.length);
    else foldInto(target, team, step, this.#operands, this.#range(team));
    return resultOf(this.#reduced);
  }

  #range(team: Team): { from: number; length: number; end: number } {
    return { from: 0, length: this.length, end: team.size };
  }
}
