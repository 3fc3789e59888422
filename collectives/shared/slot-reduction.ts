/**
 * Reductions of arrays that fit a slot, in one step. Operands combine in the order of ranks, whoever combines them:
 * with a core for each rank all do it for themselves, otherwise the last one to arrive for all.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { slotPayloadBytes, type Team } from '../../runtime/comm/team.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { copyShort } from './copy-short.ts';
import { kindWord, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import type { Reduction } from './workspace.ts';

/** What is reduced. */
export interface Operands extends Reduction {
  readonly kernel: Kernel;
}

/** True when an array of `bytes` fits. */
export function fitsSlot(bytes: number): boolean {
  return bytes <= slotPayloadBytes;
}

export class SlotAllreduce implements SlotCall<void> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly #data: NumericArray;
  readonly #target: NumericArray;
  readonly #operands: Operands;

  constructor(data: NumericArray, target: NumericArray, operands: Operands, number: number) {
    this.kind = kindWord('allreduce', operands.type.code, operands.op);
    this.length = data.length;
    this.place = placeWord(0, number);
    this.#data = data;
    this.#target = target;
    this.#operands = operands;
  }

  put(team: Team, step: number): void {
    copyShort(team.payload(this.#operands.type.code, team.rank, step), this.#data, this.length);
  }

  combine(team: Team, step: number): void {
    this.#fold(team, step, team.payload(this.#operands.type.code, -1, step));
  }

  take(team: Team, step: number): void {
    if (!team.counting) this.#fold(team, step, this.#target);
    else copyShort(this.#target, team.payload(this.#operands.type.code, -1, step), this.length);
  }

  /** The reduction of all, at the start of `array`. */
  #fold(team: Team, step: number, array: NumericArray): void {
    const { type, kernel } = this.#operands;
    const { combine } = kernel;
    const target = array.length === this.length ? array : array.subarray(0, this.length);
    combine(target, team.payload(type.code, 0, step), team.payload(type.code, 1, step));
    for (let rank = 2; rank < team.size; rank += 1) combine(target, target, team.payload(type.code, rank, step));
  }
}
