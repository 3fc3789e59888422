/**
 * Blocking calls on plain arrays that fit a slot, with a core for each rank: the same steps as those of the slot
 * calls, straight, with nothing made for them. At this length what a call costs is its own code.
 */
import { slotPayloadBytes, type Team, Whom } from '../../runtime/comm/team.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import { allocate, type ElementType } from '../element-type.ts';
import type { Head } from '../packet.ts';
import { headOf, type Operands } from './operands.ts';
import { checkAgreement, kinds, layoutWord, placeWord } from './signature.ts';
import { takeJoined } from './slot-allgather.ts';
import { takeFrom } from './slot-broadcast.ts';
import { copyRange, copyShort } from './slot-copy.ts';
import { foldInto, type Range } from './slot-fold.ts';
import { type Reduced, resultOf } from './slot-reduce.ts';
import { showArray } from './slot-shown.ts';

/** True where a call on an array of `bytes` bytes goes this way. */
export function isShort(team: Team, bytes: number, isAwaited: boolean): boolean {
  return bytes <= slotPayloadBytes && !isAwaited && !team.counting;
}

/** Arrives at `step`, waits for `whom`, and throws where that rank took it for something else. */
export function join(team: Team, step: number, whom: number): void {
  team.arrive(step);
  team.meet(step, whom);
  checkAgreement(team, step, whom);
}

/** Up to so many elements the plain loop of two ranks is over before a kernel is called and its result copied. */
const plainMax = 32;

/** By element code: what this rank gave. A line of a slot that others have read takes as long to read as theirs. */
const kept: (NumericArray | undefined)[] = [];

/** A copy of the start of `data`, as much as fits a slot. */
function keep(type: ElementType, data: NumericArray): NumericArray {
  const copy = (kept[type.code] ??= allocate(type, slotPayloadBytes / type.bytes));
  copyShort(copy, data, Math.min(data.length, copy.length));
  return copy;
}

/**
 * Shows `data` to the others; gives a copy of it where the plain loop of two ranks reduces it, else null. Never the
 * data itself: the result may lie across it.
 */
function put(team: Team, step: number, type: ElementType, data: NumericArray): NumericArray | null {
  copyShort(team.payload(type.code, team.rank, step), data, data.length);
  return data.length <= plainMax && team.size === 2 ? keep(type, data) : null;
}

/** Reduces what the ranks below `end` have shown to the start of `target`; `own` is what `put` has given. */
function takeFold(
  target: NumericArray,
  team: Team,
  step: number,
  operands: Operands,
  { own, from, length, end }: Range & { readonly own: NumericArray | null },
): void {
  if (own === null || from > 0) {
    foldInto(target, team, step, operands, { from, length, end });
    return;
  }
  const theirs = team.payload(operands.type.code, 1 - team.rank, step);
  const [left, right] = team.rank === 0 ? [own, theirs] : [theirs, own];
  if (end === 1) copyShort(target, left, length);
  else operands.kernel.combine(headOf(target, length), left, right);
}

/** Reduce, or (`root` −1) allreduce. */
export function reduceShort(team: Team, root: number, reduced: Reduced, operands: Operands): unknown {
  const { data, target } = reduced;
  const { length } = data;
  const kind = (root < 0 ? kinds.allreduce : kinds.reduce) | operands.word;
  const step = team.begin(kind, length, placeWord(root < 0 ? 0 : root, team.number()));
  const own = put(team, step, operands.type, data);
  join(team, step, target === null ? Whom.nobody : Whom.everyone);
  if (target !== null) takeFold(target, team, step, operands, { own, from: 0, length, end: team.size });
  return resultOf(reduced);
}

/** Scan or exscan. */
export function scanShort(team: Team, exclusive: boolean, reduced: Reduced, operands: Operands): unknown {
  const { data, target } = reduced;
  const { length } = data;
  const kind = (exclusive ? kinds.exscan : kinds.scan) | operands.word;
  const step = team.begin(kind, length, placeWord(0, team.number()));
  const own = put(team, step, operands.type, data);
  join(team, step, target === null ? Whom.nobody : Whom.before);
  const end = exclusive ? team.rank : team.rank + 1;
  if (target !== null) takeFold(target, team, step, operands, { own, from: 0, length, end });
  return resultOf(reduced);
}

/** Pieces of `counts` elements; `own` is as long as this rank's. */
export function reduceScatterShort(
  team: Team,
  counts: readonly number[],
  data: NumericArray,
  own: NumericArray,
  operands: Operands,
): void {
  const kind = kinds.reduceScatter | operands.word | layoutWord(counts);
  const step = team.begin(kind, data.length, placeWord(0, team.number()));
  const given = put(team, step, operands.type, data);
  join(team, step, own.length === 0 ? Whom.nobody : Whom.everyone);
  if (own.length === 0) return;
  let from = 0;
  for (let rank = 0; rank < team.rank; rank += 1) from += counts[rank] ?? 0;
  takeFold(own, team, step, operands, { own: given, from, length: own.length, end: team.size });
}

/** Equal pieces of arrays of `type`. */
export function alltoallShort(team: Team, type: ElementType, data: NumericArray, target: NumericArray): void {
  const { length } = data;
  const { rank, size } = team;
  const step = team.begin(kinds.alltoall | type.code, length, placeWord(0, team.number()));
  copyShort(team.payload(type.code, rank, step), data, length);
  const own = keep(type, data);
  join(team, step, Whom.everyone);
  const piece = length / size;
  for (let peer = 0; peer < size; peer += 1) {
    const source = peer === rank ? own : team.payload(type.code, peer, step);
    copyRange(target, peer * piece, source, rank * piece, piece);
  }
}

/** The first step of a broadcast at its root, which waits for nobody. */
export function showShort(
  team: Team,
  { root, number }: { root: number; number: number },
  type: ElementType,
  array: NumericArray,
): void {
  const step = team.begin(kinds.broadcast, 0, placeWord(root, number));
  showArray(team, step, type, array);
  join(team, step, Whom.nobody);
}

/** The same of the others, which take what fits `array`; see `takeFrom`. */
export function takeShort(
  team: Team,
  { root, number }: { root: number; number: number },
  type: ElementType,
  array: NumericArray,
): number | Head {
  const step = team.begin(kinds.broadcast, 0, placeWord(root, number));
  join(team, step, root);
  return takeFrom(team, root, step, type, array);
}

/** The first step of an allgather; `target` has room for as many arrays of `own`'s length as there are ranks. */
export function allgatherShort(
  team: Team,
  number: number,
  type: ElementType,
  own: NumericArray,
  target: NumericArray,
): readonly Head[] | null {
  const step = team.begin(kinds.allgather, 0, placeWord(0, number));
  showArray(team, step, type, own);
  const { length } = own;
  const copy = keep(type, own);
  join(team, step, Whom.everyone);
  const heads = takeJoined(team, step, type, length, target);
  if (heads === null) copyRange(target, team.rank * length, copy, 0, length);
  return heads;
}
