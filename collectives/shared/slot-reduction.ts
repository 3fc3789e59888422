/**
 * Reductions of arrays that fit a slot, in one step. Operands combine in the order of ranks, whoever combines them:
 * with a core for each rank all do it for themselves, otherwise the last one to arrive for all.
 */
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import { slotPayloadBytes, type Team } from '../../runtime/comm/team.ts';
import type { ElementType } from '../element-type.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { copyShort } from './copy-short.ts';
import { kindWord, placeWord, type SharedName } from './signature.ts';
import { type SlotCall, Waits } from './slot-call.ts';

/** What is reduced. */
export interface Operands {
  readonly type: ElementType;
  readonly kernel: Kernel;
  /** Null: the caller's own. It may throw, so each rank combines for itself. */
  readonly op: OpName | null;
  readonly commutative: boolean;
}

/** True when an array of `bytes` fits. */
export function fitsSlot(bytes: number): boolean {
  return bytes <= slotPayloadBytes;
}

abstract class SlotReduction<R> implements SlotCall<R> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly waits: Waits = Waits.all;
  readonly root: number;
  readonly data: NumericArray;
  readonly operands: Operands;

  constructor(name: SharedName, data: NumericArray, operands: Operands, at: { root: number; number: number }) {
    this.kind = kindWord(name, operands.type.code, operands.op, operands.commutative);
    this.length = data.length;
    this.place = placeWord(at.root, at.number);
    this.root = at.root;
    this.data = data;
    this.operands = operands;
  }

  put(team: Team, step: number): void {
    const own = team.payload(this.operands.type.code, team.rank, step);
    copyShort(own, this.data, this.length);
  }

  combine(team: Team, step: number): void {
    if (this.operands.op === null) return;
    this.fold(team, step, this.cut(team.payload(this.operands.type.code, -1, step)), team.size);
  }

  abstract take(team: Team, step: number): R;

  /** The reduction of all, in `target`. */
  protected whole(team: Team, step: number, target: NumericArray): void {
    const { type, op } = this.operands;
    if (team.counting && op !== null) copyShort(target, team.payload(type.code, -1, step), this.length);
    else this.fold(team, step, this.cut(target), team.size);
  }

  /** The reduction of the ranks below `end`, in `target`, which is as long as the data. */
  protected fold(team: Team, step: number, target: NumericArray, end: number): void {
    const { type, kernel } = this.operands;
    const { combine } = kernel;
    const first = team.payload(type.code, 0, step);
    if (end === 1) {
      copyShort(target, first, this.length);
      kernel.normalise?.(target);
      return;
    }
    combine(target, first, team.payload(type.code, 1, step));
    for (let rank = 2; rank < end; rank += 1) combine(target, target, team.payload(type.code, rank, step));
  }

  protected cut(array: NumericArray): NumericArray {
    return array.length === this.length ? array : array.subarray(0, this.length);
  }
}

export class SlotAllreduce extends SlotReduction<void> {
  readonly #target: NumericArray;

  constructor(data: NumericArray, target: NumericArray, operands: Operands, number: number) {
    super('allreduce', data, operands, { root: 0, number });
    this.#target = target;
  }

  take(team: Team, step: number): void {
    this.whole(team, step, this.#target);
  }
}
