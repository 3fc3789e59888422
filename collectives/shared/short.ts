/**
 * Blocking calls on plain arrays that fit a slot, with a core for each rank: the same steps as those of the slot
 * calls, straight, with nothing made for them. At this length what a call costs is its own code.
 */
import { slotPayloadBytes, type Team, Whom } from '../../runtime/comm/team.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import { allocate, type ElementType } from '../element-type.ts';
import type { Head } from '../packet.ts';
import { kinds } from './forms.ts';
import { headOf, type Operands } from './operands.ts';
import { evenLayoutWord, layoutWord, mismatch, placeWord } from './signature.ts';
import { allgatherKind, takeJoined } from './slot-allgather.ts';
import { broadcastKind, takeFrom } from './slot-broadcast.ts';
import { copyRange, copyShort } from './slot-copy.ts';
import { foldInto, type Range } from './slot-fold.ts';
import { showArray } from './slot-shown.ts';

/** True where a call on an array of `bytes` bytes goes this way. */
export function isShort(team: Team, bytes: number, isAwaited: boolean): boolean {
  return bytes <= slotPayloadBytes && !isAwaited && !team.counting;
}

/** Arrives at `step`, waits for `whom`, and throws where that rank took it for something else. */
export function join(team: Team, step: number, whom: number): void {
  team.arrive(step);
  team.meet(step, whom);
  const odd = team.oddOne(step, whom);
  if (odd >= 0) throw mismatch(team, step, odd);
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

/** Shows `data` to the others; gives a copy of it: the result may lie across the data. */
function put(team: Team, step: number, type: ElementType, data: NumericArray): NumericArray {
  copyShort(team.payload(type.code, team.rank, step), data, data.length);
  return keep(type, data);
}

/** Reduces what the ranks below `end` have shown to the start of `target`; `own` is what this one has. */
function takeFold(
  target: NumericArray,
  team: Team,
  step: number,
  operands: Operands,
  { own, from, length, end }: Range & { readonly own: NumericArray },
): void {
  if (end > 2 || from > 0 || team.size > 2 || length > plainMax) {
    foldInto(target, team, step, operands, { from, length, end });
    return;
  }
  if (end === 1) {
    copyShort(target, team.rank === 0 ? own : team.payload(operands.type.code, 0, step), length);
    return;
  }
  const plain = headOf(target, length);
  const theirs = team.payload(operands.type.code, 1 - team.rank, step);
  if (team.rank === 0) operands.kernel.combine(plain, own, theirs);
  else operands.kernel.combine(plain, theirs, own);
}

/** Reduce, or (`root` −1) allreduce; `target` is null where this rank gets no result. */
export function reduceShort(
  team: Team,
  root: number,
  data: NumericArray,
  target: NumericArray | null,
  operands: Operands,
): void {
  const { length } = data;
  const kind = (root < 0 ? kinds.allreduce : kinds.reduce) | operands.word;
  const step = team.begin(kind, length, placeWord(root < 0 ? 0 : root, team.number()));
  const own = put(team, step, operands.type, data);
  join(team, step, target === null ? Whom.nobody : Whom.everyone);
  if (target !== null) takeFold(target, team, step, operands, { own, from: 0, length, end: team.size });
}

/** Scan or exscan. */
export function scanShort(
  team: Team,
  exclusive: boolean,
  data: NumericArray,
  target: NumericArray | null,
  operands: Operands,
): void {
  const { length } = data;
  const kind = (exclusive ? kinds.exscan : kinds.scan) | operands.word;
  const step = team.begin(kind, length, placeWord(0, team.number()));
  const own = put(team, step, operands.type, data);
  join(team, step, target === null ? Whom.nobody : Whom.before);
  if (target === null) return;
  takeFold(target, team, step, operands, { own, from: 0, length, end: exclusive ? team.rank : team.rank + 1 });
}

/** Pieces of `counts` elements each; `own` is as long as this rank's. */
export function reduceScatterShort(
  team: Team,
  counts: readonly number[] | number,
  data: NumericArray,
  own: NumericArray,
  operands: Operands,
): void {
  const { length } = data;
  const layout = typeof counts === 'number' ? evenLayoutWord(team.size, counts) : layoutWord(counts);
  const step = team.begin(kinds.reduceScatter | operands.word | layout, length, placeWord(0, team.number()));
  const given = put(team, step, operands.type, data);
  join(team, step, own.length === 0 ? Whom.nobody : Whom.everyone);
  if (own.length === 0) return;
  let from = 0;
  for (let rank = 0; rank < team.rank; rank += 1) from += typeof counts === 'number' ? counts : (counts[rank] ?? 0);
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
  const step = team.begin(broadcastKind, 0, placeWord(root, number));
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
  const step = team.begin(broadcastKind, 0, placeWord(root, number));
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
  const step = team.begin(allgatherKind, 0, placeWord(0, number));
  showArray(team, step, type, own);
  const { length } = own;
  const copy = keep(type, own);
  join(team, step, Whom.everyone);
  const heads = takeJoined(team, step, type, length, target);
  if (heads === null) copyRange(target, team.rank * length, copy, 0, length);
  return heads;
}
