/** Scans among ranks that share memory: what a rank gets does not depend on those behind it. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { Whom } from '../../runtime/comm/team.ts';
import { overlap } from '../element-type.ts';
import type { Operands } from './operands.ts';
import { Place } from './place.ts';
import { resultTiles } from './staging.ts';
import { type Meeting, shareOf, type Tiles } from './tiles.ts';

/** `into`: null where nothing comes before this rank. */
interface Scan {
  readonly data: NumericArray;
  readonly into: NumericArray | null;
  readonly exclusive: boolean;
}

interface Places {
  readonly source: Place;
  readonly target: Place | null;
  /** The last rank whose operand is in this one's result. */
  readonly last: number;
}

/** With a core for each rank: up to so many ranks each makes its prefix from all operands before it. */
const ownPrefixRanksMax = 4;
/** Tiles that a rank may show before it takes the first one's result. */
const aheadMax = resultTiles;

export function scanAll(meeting: Meeting, operands: Operands, { data, into, exclusive }: Scan): Tiles {
  const { counting, size, rank } = meeting.team;
  const own = !counting && size <= ownPrefixRanksMax;
  const isInPlace = into !== null && overlap(data, into);
  const isMoved = isInPlace && data.byteOffset !== into.byteOffset;
  const places = {
    source: new Place(meeting, isMoved ? data.slice() : data, own && !isInPlace),
    target: into === null ? null : new Place(meeting, into),
    last: exclusive ? rank - 1 : rank,
  };
  if (own) return ownPrefix(meeting, operands, places);
  return counting ? lastScans(meeting, operands, places) : sharesScanned(meeting, operands, places);
}

/** Each rank reduces what those before it and it itself show. It waits for nobody else. */
function* ownPrefix(meeting: Meeting, operands: Operands, { source, target, last }: Places): Tiles {
  const { work, team } = meeting;
  const { tileBytes } = work.staging;
  const total = source.bytes.length;
  for (let from = 0; from < total; from += tileBytes) {
    const bytes = Math.min(tileBytes, total - from);
    const step = yield* meeting.show(source, from, bytes, 1);
    if (target === null) continue;
    if (team.rank > 0) yield meeting.of(Whom.before, step);
    if (last === 0) {
      target.take(from, bytes, meeting.address(0, step));
      continue;
    }
    const result = work.staging.result();
    work.fold(operands, result, { ...meeting.shown(step, 0), count: last + 1 }, bytes);
    target.take(from, bytes, result);
  }
  yield* meeting.end(source.isShown);
}

/** Where ranks are counted: the last one to arrive makes all prefixes of a tile, in place of what is shown. */
function* lastScans(meeting: Meeting, operands: Operands, { source, target, last }: Places): Tiles {
  const { work, team } = meeting;
  const { tileBytes } = work.staging;
  const total = source.bytes.length;
  const first = team.step + 1;
  meeting.once = (step) => {
    const bytes = Math.min(tileBytes, total - ((step - first) | 0) * tileBytes);
    work.scan(operands, meeting.shown(step, 0), bytes);
    return 0;
  };
  let shown = 0;
  for (let from = 0; from < total; from += tileBytes) {
    for (; shown < Math.min(total, from + aheadMax * tileBytes); shown += tileBytes) {
      yield* meeting.show(source, shown, Math.min(tileBytes, total - shown), aheadMax);
    }
    if (target === null) continue;
    const current = (first + from / tileBytes) | 0;
    yield meeting.everyone(current);
    target.take(from, Math.min(tileBytes, total - from), meeting.address(last, current));
  }
}

/** Each rank makes the prefixes of its share of the elements for all, in place of what is shown. */
function* sharesScanned(meeting: Meeting, operands: Operands, { source, target, last }: Places): Tiles {
  const { work, team } = meeting;
  const { tileBytes } = work.staging;
  const total = source.bytes.length;
  for (let from = 0; from < total; from += tileBytes) {
    const bytes = Math.min(tileBytes, total - from);
    const step = yield* meeting.show(source, from, bytes, 2);
    yield meeting.everyone(step);
    const [start, end] = shareOf(bytes, team.rank, team.size);
    work.scan(operands, meeting.shown(step, start), end - start);
    const scanned = yield* meeting.arrive(meeting.address(team.rank, step));
    yield meeting.everyone(scanned);
    target?.take(from, bytes, meeting.address(last, scanned));
  }
}
