/**
 * Scan and exscan of arrays that fit a slot: with a core for each rank a rank waits for those below it and combines
 * what they show, otherwise the last one to arrive makes everybody's prefix in place.
 */
import { slotHeadBytes, type Team, Whom } from '../../runtime/comm/team.ts';
import type { Operands } from './operands.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { copyShort } from './slot-copy.ts';
import { foldInto } from './slot-fold.ts';
import { type Reduced, resultOf } from './slot-reduce.ts';
import { workspaceOf } from './workspace.ts';

/** Which scan it is, of which ranks. */
export interface ScanPlace {
  readonly team: Team;
  readonly exclusive: boolean;
  readonly number: number;
}

export class SlotScan implements SlotCall<unknown> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly whom: number;
  readonly isAwaited = false;
  readonly #reduced: Reduced;
  readonly #operands: Operands;
  /** Ranks whose operands make this one's result. */
  readonly #end: number;

  /** Rank 0 of an exscan has no target. */
  constructor({ team, exclusive, number }: ScanPlace, reduced: Reduced, operands: Operands) {
    this.kind = (exclusive ? kinds.exscan : kinds.scan) | operands.word;
    this.length = reduced.data.length;
    this.place = placeWord(0, number);
    this.whom = reduced.target === null ? Whom.nobody : team.counting ? Whom.everyone : Whom.before;
    this.#reduced = reduced;
    this.#operands = operands;
    this.#end = exclusive ? team.rank : team.rank + 1;
  }

  put(team: Team, step: number): void {
    copyShort(team.payload(this.#operands.type.code, team.rank, step), this.#reduced.data, this.length);
  }

  combine(team: Team, step: number): void {
    const work = workspaceOf(team);
    for (let rank = 1; rank < team.size; rank += 1) {
      const first = team.slot(rank - 1, step) + slotHeadBytes;
      const two = { first, stride: team.slotStride, count: 2 };
      work.foldStrided(this.#operands, first + team.slotStride, two, this.length);
    }
  }

  take(team: Team, step: number): unknown {
    const { target } = this.#reduced;
    if (target === null) return undefined;
    const { code } = this.#operands.type;
    if (team.counting) copyShort(target, team.payload(code, this.#end - 1, step), this.length);
    else foldInto(target, team, step, this.#operands, { from: 0, length: this.length, end: this.#end });
    return resultOf(this.#reduced);
  }
}
