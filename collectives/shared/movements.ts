/** Movements of data among ranks that share memory. */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { AllgatherCall, BroadcastCall, Layout } from '../algorithm.ts';
import type { Team } from '../../runtime/comm/team.ts';
import type { PieceBytes } from './pieces.ts';
import { isBetterCopied, Place } from './place.ts';
import { type Meeting, type Tiles } from './tiles.ts';

/** Tiles that a rank may show before it takes those of the others. */
const aheadMax = 2;
/** The same with more ranks than cores, where few meetings are worth more than the cache. */
const crowdedAheadMax = 4;
/** With a core for each rank a broadcast is cut into so many tiles, so that who takes it ends soon after the root. */
const broadcastTilesMin = 4;
/** But into none shorter than this. */
const broadcastTileBytesMin = 16 * 1024;

/** How many. */
export function aheadOf({ counting }: Team): number {
  return counting ? crowdedAheadMax : aheadMax;
}

/**
 * The root's vector in everybody's; how long it is the root alone needs to know. The root goes on as soon as there is
 * room for what it shows, and the others wait for the root alone.
 */
export function broadcastAll(meeting: Meeting, { root, rank, vector }: BroadcastCall): Tiles {
  const place = new Place(meeting, vector);
  return rank === root ? spread(meeting, place) : receive(meeting, root, place);
}

function* spread(meeting: Meeting, place: Place): Tiles {
  const total = place.bytes.length;
  // What lies in the segment is shown whole, at once.
  const tileBytes = place.isShown ? total : broadcastTile(meeting, total);
  meeting.isAwaited = true;
  let from = 0;
  do {
    yield* meeting.show(place, from, Math.min(tileBytes, total - from), 1, total * 2);
    from += tileBytes;
  } while (from < total);
  if (place.isShown) yield* meeting.end(true);
}

/** Bytes of a tile of a broadcast of `total` bytes. */
function broadcastTile({ team, work }: Meeting, total: number): number {
  const { tileBytes } = work.staging;
  if (team.counting) return tileBytes;
  const few = Math.ceil(total / broadcastTilesMin / 64) * 64;
  return Math.min(tileBytes, Math.max(few, broadcastTileBytesMin));
}

function* receive(meeting: Meeting, root: number, place: Place): Tiles {
  const { team } = meeting;
  const room = place.bytes.length;
  let from = 0;
  let total: number;
  let isLent: boolean;
  do {
    const step = yield* meeting.arrive(0);
    yield meeting.of(root, step);
    const note = meeting.note(root, step);
    isLent = note % 2 === 1;
    total = Math.floor(note / 2);
    if (total > room) {
      const what = `rank ${String(team.first + root)} sends ${String(total)} bytes, this rank expects ${String(room)}`;
      throw team.failure('ERR_MISMATCH', what, 'call it with the same length on every rank');
    }
    const bytes = isLent ? total : Math.min(broadcastTile(meeting, total), total - from);
    place.take(from, bytes, meeting.address(root, step));
    from += bytes;
  } while (from < total);
  if (isLent) yield* meeting.end(false);
}

export interface SharedAllgather extends AllgatherCall {
  /** This rank's piece, where it does not lie in `all` yet. */
  readonly own?: NumericArray;
}

/** Everybody's piece in everybody's array. */
export function* allgatherAll(meeting: Meeting, { layout, all, rank, own }: SharedAllgather): Tiles {
  const { work, team } = meeting;
  const { tileBytes } = work.staging;
  const place = new Place(meeting, all);
  const pieces = piecesOf(layout, all.BYTES_PER_ELEMENT);
  const source = new Place(meeting, own ?? all, !isBetterCopied(meeting, pieces.longest, 1));
  const lengthAt = (peer: number, from: number): number => Math.max(0, Math.min(pieces.length(peer) - from, tileBytes));
  const start = own === undefined ? pieces.start(rank) : 0;
  const ahead = aheadOf(team);
  const first = team.step + 1;
  let isLent = false;
  let shown = 0;
  for (let from = 0; from < pieces.longest; from += tileBytes) {
    for (; shown < Math.min(pieces.longest, from + ahead * tileBytes); shown += tileBytes) {
      yield* meeting.show(source, start + shown, lengthAt(rank, shown), ahead);
    }
    // While the others show theirs.
    if (own !== undefined && from === 0) place.bytes.set(source.bytes, pieces.start(rank));
    const step = (first + from / tileBytes) | 0;
    yield meeting.everyone(step);
    isLent ||= meeting.anyLent(step);
    for (let turn = 1; turn < team.size; turn += 1) {
      // Each begins with the one behind it, so that not all read the same at once.
      const peer = (rank + turn) % team.size;
      place.take(pieces.start(peer) + from, lengthAt(peer, from), meeting.address(peer, step));
    }
  }
  if (isLent) yield* meeting.end(source.isShown);
}

/** Where the pieces of a layout lie, whose elements have `width` bytes. */
export function piecesOf({ counts, offsets }: Layout, width: number): PieceBytes {
  return {
    start: (peer) => (offsets[peer] ?? 0) * width,
    length: (peer) => (counts[peer] ?? 0) * width,
    longest: Math.max(...counts) * width,
  };
}
