/**
 * Reductions among ranks that share memory. Operands combine in the order of ranks, the same for every element, whoever
 * combines them.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { overlap } from '../element-type.ts';
import type { Operands } from './operands.ts';
import { givenTo, Place } from './place.ts';
import { resultTiles } from './staging.ts';
import { inCallersArray, type Meeting, shareOf, type Tiles } from './tiles.ts';
import { onceBytesMax } from './tuning.ts';

/** What this rank gives, and where the result goes; null where it goes to others only. */
interface Reduced {
  readonly data: NumericArray;
  readonly into: NumericArray | null;
}

/** With a core for each rank: up to so many ranks the root reduces all by itself. */
const rootAloneRanksMax = 2;
/** Tiles that a rank may show before it takes the first one's result. */
const aheadMax = resultTiles;

/** The reduction of everybody's data, at the root alone (`isRooted`) or everywhere. */
export function reduceAll(meeting: Meeting, operands: Operands, reduced: Reduced, isRooted: boolean): Tiles {
  const { team } = meeting;
  const { into } = reduced;
  const data = apart(reduced);
  const source = givenTo(meeting, data, into !== null);
  const target = into === null ? null : new Place(meeting, into);
  if (team.counting && (isRooted || lastMayReduce(meeting, data.byteLength))) {
    return lastReduces(meeting, operands, source, target && { target, start: 0, end: data.byteLength });
  }
  if (isRooted && team.size <= rootAloneRanksMax) return rootReduces(meeting, operands, source, target);
  return sharesReduced(meeting, operands, { source, target, isRooted });
}

/** The data, out of the way of the result: they may be one, but not overlap otherwise. */
function apart({ data, into }: Reduced): NumericArray {
  const isMoved = into !== null && data.byteOffset !== into.byteOffset && overlap(data, into);
  return isMoved ? data.slice() : data;
}

/** What a rank takes of a reduction: the bytes from `start` to `end`, to the start of `target`. */
interface Taken {
  readonly target: Place;
  readonly start: number;
  readonly end: number;
}

/** True where ranks are counted, and the last one had better reduce arrays of `bytes` bytes for all. */
export function lastMayReduce({ team, work }: Meeting, bytes: number): boolean {
  return team.counting && Math.min(bytes, work.staging.tileBytes) * team.size <= onceBytesMax();
}

/** Where ranks are counted: the last one to arrive reduces a tile for all. Who takes none of it waits for nobody. */
export function* lastReduces(meeting: Meeting, operands: Operands, source: Place, taken: Taken | null): Tiles {
  const { team, work } = meeting;
  const { tileBytes } = work.staging;
  const total = source.bytes.length;
  const first = team.step + 1;
  meeting.once = (step) => {
    const result = work.staging.result();
    const bytes = Math.min(tileBytes, total - ((step - first) | 0) * tileBytes);
    work.fold(operands, result, meeting.shown(step, 0), bytes);
    return result;
  };
  const { target, start, end } = taken ?? { target: null, start: 0, end: 0 };
  let step = team.step;
  let shown = 0;
  for (let from = 0; from < total; from += tileBytes) {
    for (; shown < Math.min(total, from + aheadMax * tileBytes); shown += tileBytes) {
      step = yield* meeting.show(source, shown, Math.min(tileBytes, total - shown), 0);
    }
    const [low, high] = [Math.max(from, start), Math.min(from + tileBytes, end)];
    if (target === null || low >= high) continue;
    const current = (first + from / tileBytes) | 0;
    yield meeting.everyone(current);
    target.take(low - start, high - low, meeting.common(current) + low - from);
  }
  // Until the last tile is reduced, an array of the caller's may be read.
  if (source.isShown) yield meeting.everyone(step);
}

/** The root reduces by itself, and the others go on as soon as there is room for what they show. */
function* rootReduces(meeting: Meeting, operands: Operands, source: Place, target: Place | null): Tiles {
  const { work } = meeting;
  const { tileBytes } = work.staging;
  const total = source.bytes.length;
  for (let from = 0; from < total; from += tileBytes) {
    const bytes = Math.min(tileBytes, total - from);
    const step = yield* meeting.show(source, from, bytes, 1);
    if (target === null) continue;
    yield meeting.everyone(step);
    const isDirect = target.at >= 0 && meeting.team.rank <= 1;
    const result = isDirect ? target.at + from : work.staging.result();
    work.fold(operands, result, meeting.shown(step, 0), bytes);
    target.take(from, bytes, result);
  }
  yield* meeting.end(target === null && source.isShown);
}

/** Each rank reduces its share of a tile, and takes the others' where it is to have them. */
function* sharesReduced(
  meeting: Meeting,
  operands: Operands,
  { source, target, isRooted }: { source: Place; target: Place | null; isRooted: boolean },
): Tiles {
  const { team, work } = meeting;
  const { size, rank } = team;
  const { tileBytes } = work.staging;
  const total = source.bytes.length;
  // Beside a target of the caller's that is a later operand, the kernel would overwrite what it has not read yet.
  const direct = target !== null && !isRooted && target.at >= 0 && (rank <= 1 || source.at < 0) ? target.at : -1;
  const bytesAt = (from: number): number => Math.min(tileBytes, total - from);
  let isLent = false;
  let reduced = 0;
  // One tile is shown ahead, so that who waits for the others has done what it could before.
  let current = yield* meeting.show(source, 0, bytesAt(0), 3);
  let following = tileBytes < total ? yield* meeting.show(source, tileBytes, bytesAt(tileBytes), 3) : 0;
  for (let from = 0; from < total; from += tileBytes) {
    yield meeting.everyone(current);
    const [start, end] = shareOf(bytesAt(from), rank, size);
    const own = direct >= 0 ? direct + from : work.staging.result();
    work.fold(operands, own + start, meeting.shown(current, start), end - start);
    reduced = yield* meeting.arrive(own, direct >= 0 ? inCallersArray : 0, 2);
    current = following;
    const next = from + 2 * tileBytes;
    if (next < total) following = yield* meeting.show(source, next, bytesAt(next), 3);
    if (target === null) continue;
    yield meeting.everyone(reduced);
    isLent ||= meeting.anyLent(reduced);
    for (let peer = 0; peer < size; peer += 1) {
      const [first, last] = shareOf(bytesAt(from), peer, size);
      target.take(from + first, last - first, meeting.address(peer, reduced) + first);
    }
  }
  if (target === null && source.isShown) yield meeting.everyone(reduced);
  if (isLent && !isRooted) yield* meeting.end(direct >= 0);
}
