/** Reductions of what lies in slots, in the order of ranks. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { slotHeadBytes, slotPayloadBytes, type Team } from '../../runtime/comm/team.ts';
import type { Operands } from './operands.ts';
import { copyRange, copyShort } from './slot-copy.ts';
import { workspaceOf } from './workspace.ts';

/** Up to so many elements the plain loop is over before a kernel is called and its result copied. */
const plainMax = 8;

/** What is reduced: the elements from `from` on, `length` of them, of the ranks below `end`. */
export interface Range {
  readonly from: number;
  readonly length: number;
  readonly end: number;
}

/** True when an array of `bytes` fits a slot. */
export function fitsSlot(bytes: number): boolean {
  return bytes <= slotPayloadBytes;
}

/** The reduction of the ranks' payloads at `step`, at the start of `target`, an array of this rank's own. */
export function foldInto(target: NumericArray, team: Team, step: number, operands: Operands, range: Range): void {
  const { from, length, end } = range;
  const { type } = operands;
  if (end === 1) {
    copyRange(target, 0, team.payload(type.code, 0, step), from, length);
    return;
  }
  if (length <= plainMax && end === 2 && from === 0) {
    const plain = target.length === length ? target : target.subarray(0, length);
    operands.kernel.combine(plain, team.payload(type.code, 0, step), team.payload(type.code, 1, step));
    return;
  }
  const work = workspaceOf(team);
  foldAt(work.scratch, team, step, operands, range);
  copyShort(target, work.scratchOf(type), length);
}

/** The same at the address `at` of the segment, which may be that of rank 0's payload, or of all ranks'. */
export function foldAt(at: number, team: Team, step: number, operands: Operands, { from, length, end }: Range): void {
  const offset = slotHeadBytes + from * operands.type.bytes;
  const sources = team.slot(0, step) + offset;
  workspaceOf(team).foldStrided(operands, at, { first: sources, stride: team.slotStride, count: end }, length);
}

/** Where the payload of all ranks starts, for `foldAt`. */
export function commonAt(team: Team, step: number): number {
  return team.slot(-1, step) + slotHeadBytes;
}
