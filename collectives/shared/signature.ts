/**
 * What a rank takes a step for, in three words: two ranks that took one step for different things have made different
 * calls, and each learns which.
 */
import { withArticle } from '../../runtime/comm/show.ts';
import { elementTypeOfCode } from '../element-type.ts';
import { opNames } from '../kernels/kernel.ts';
import type { OpName } from '../../runtime/core/api.ts';
import type { TsmpiError } from '../../runtime/core/errors.ts';
import { setbackAt } from './setback.ts';
import type { Team } from '../../runtime/comm/team.ts';

const names = [
  'barrier',
  'broadcast',
  'reduce',
  'allreduce',
  'gather',
  'allgather',
  'scatter',
  'alltoall',
  'reduceScatter',
  'scan',
  'exscan',
] as const;
export type SharedName = (typeof names)[number];

/** The bits of the call's number that fit beside a root. */
const numberMask = 0x7_ffff;

/** The first word of each collective; where all ranks know their elements' type its code is added. */
export const kinds = Object.fromEntries(names.map((name, index) => [name, (index + 1) << 16])) as Record<
  SharedName,
  number
>;

/** What a reduction adds to it: the operation (null: one of the caller's own), and the type. */
export function reductionWord(op: OpName | null, format: number): number {
  const index = op === null ? opNames.length : opNames.indexOf(op);
  return ((index + 1) << 8) | format;
}

/** What of the first word says how the call's pieces lie, where it has pieces that all ranks must see alike. */
export function layoutWord(counts: readonly number[]): number {
  let hash = 0;
  for (const count of counts) hash = (Math.imul(hash, 31) + count) | 0;
  return (hash ^ (hash >>> 12) ^ (hash >>> 24)) << 20;
}

/** The third word: the root, 0 where there is none, and the call's number, so that no call meets the next one. */
export function placeWord(root: number, number: number): number {
  return root | ((number & numberMask) << 12);
}

/** After `whom` was met at `step`: throws when that rank took it for something else. */
export function checkAgreement(team: Team, step: number, whom: number): void {
  const odd = team.oddAt(step, whom);
  if (odd >= 0) throw mismatch(team, step, odd);
}

/** ERR_MISMATCH: this rank and `odd` took `step` for different things; or why one of them failed. */
function mismatch(team: Team, step: number, odd: number): TsmpiError {
  const setback = setbackAt(team, step);
  if (setback !== null) return setback;
  const [here, there] = [team.first + team.rank, team.first + odd];
  const what = `rank ${here} called ${called(team, team.rank, step)}, rank ${there} ${called(team, odd, step)}`;
  const remedy = 'call it with the same collective, root, op, element type, length and counts on every rank';
  return team.failure('ERR_MISMATCH', what, remedy);
}

function called(team: Team, rank: number, step: number): string {
  const [kind, length, place] = team.signature(rank, step);
  const name = names[((kind >>> 16) & 0xf) - 1] ?? 'nothing';
  const op = (kind >>> 8) & 0xff;
  const type = elementTypeOfCode(kind & 0xff);
  const parts = [
    ...(type === undefined ? [] : [`${length >>> 0} elements of ${withArticle(type.name)}`]),
    ...(op === 0 ? [] : [opNames[op - 1] === undefined ? 'an op of its own' : `op '${opNames[op - 1] ?? ''}'`]),
    `root ${place & 0xfff}`,
    `call ${place >>> 12} of collectives here`,
  ];
  return `${name} (${parts.join(', ')})`;
}
