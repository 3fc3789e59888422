/** Movements of data among ranks that share memory. */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { AllgatherCall, AlltoallCall, BroadcastCall, Layout } from '../algorithm.ts';
import type { Operands } from './operands.ts';
import { type PieceBytes, Pieces } from './pieces.ts';
import { Place } from './place.ts';
import { type Meeting, type Tiles } from './tiles.ts';

/** Tiles that a rank may show before it takes those of the others. */
const aheadMax = 2;

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
  const tileBytes = place.isShown ? total : meeting.work.staging.tileBytes;
  meeting.isAwaited = true;
  let from = 0;
  do {
    yield* meeting.show(place, from, Math.min(tileBytes, total - from), 1, total * 2);
    from += tileBytes;
  } while (from < total);
  if (place.isShown) yield* meeting.end(true);
}

function* receive(meeting: Meeting, root: number, place: Place): Tiles {
  const { work, team } = meeting;
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
    const bytes = isLent ? total : Math.min(work.staging.tileBytes, total - from);
    place.take(from, bytes, meeting.address(root, step));
    from += bytes;
  } while (from < total);
  if (isLent) yield* meeting.end(false);
}

/** Everybody's piece in everybody's array. */
export function* allgatherAll(meeting: Meeting, { layout, all, rank }: AllgatherCall): Tiles {
  const { work, team } = meeting;
  const { tileBytes } = work.staging;
  const place = new Place(meeting, all);
  const pieces = piecesOf(layout, all.BYTES_PER_ELEMENT);
  const lengthAt = (peer: number, from: number): number => Math.max(0, Math.min(pieces.length(peer) - from, tileBytes));
  const first = team.step + 1;
  let isLent = false;
  let shown = 0;
  for (let from = 0; from < pieces.longest; from += tileBytes) {
    for (; shown < Math.min(pieces.longest, from + aheadMax * tileBytes); shown += tileBytes) {
      yield* meeting.show(place, pieces.start(rank) + shown, lengthAt(rank, shown), aheadMax);
    }
    const step = (first + from / tileBytes) | 0;
    yield meeting.everyone(step);
    isLent ||= meeting.anyLent(step);
    for (let turn = 1; turn < team.size; turn += 1) {
      // Each begins with the one behind it, so that not all read the same at once.
      const peer = (rank + turn) % team.size;
      place.take(pieces.start(peer) + from, lengthAt(peer, from), meeting.address(peer, step));
    }
  }
  if (isLent) yield* meeting.end(place.isShown);
}

/** Piece by piece, all of one length on every rank. */
export function* alltoallEven(meeting: Meeting, call: Omit<AlltoallCall, 'rank' | 'size' | 'tag'>): Tiles {
  const { team } = meeting;
  const { rank, size } = team;
  const { input, inputLayout, output, outputLayout } = call;
  const width = input.BYTES_PER_ELEMENT;
  const target = new Place(meeting, output);
  const outgoing = piecesOf(inputLayout, width);
  const incoming = piecesOf(outputLayout, width);
  const pieces = new Pieces(meeting, input, outgoing, false);
  const [ownFrom, ownTo] = [outgoing.start(rank), incoming.start(rank)];
  let isLent = false;
  for (let from = 0; from < outgoing.longest; from += pieces.chunk) {
    const step = yield* pieces.show(from);
    const own = pieces.lengthAt(rank, from);
    target.bytes.set(pieces.bytes.subarray(ownFrom + from, ownFrom + from + own), ownTo + from);
    yield meeting.everyone(step);
    isLent ||= meeting.anyLent(step);
    for (let turn = 1; turn < size; turn += 1) {
      const peer = (rank + turn) % size;
      const bytes = Math.min(pieces.chunk, incoming.length(peer) - from);
      target.take(incoming.start(peer) + from, bytes, pieces.ownAt(peer, step, from));
    }
  }
  if (isLent) yield* meeting.end(pieces.isLent);
}

/** Each rank reduces its own piece of everybody's `vector` to `own`. */
export function* reduceScatterAll(
  meeting: Meeting,
  operands: Operands,
  { layout, own, vector }: { layout: Layout; own: NumericArray; vector: NumericArray },
): Tiles {
  const { team, work } = meeting;
  const { tileBytes } = work.staging;
  const target = new Place(meeting, own);
  const outgoing = piecesOf(layout, own.BYTES_PER_ELEMENT);
  const pieces = new Pieces(meeting, vector, outgoing, true);
  let isLent = false;
  for (let from = 0; from < outgoing.longest; from += pieces.chunk) {
    const step = yield* pieces.show(from);
    yield meeting.everyone(step);
    isLent ||= meeting.anyLent(step);
    const sources = work.list((peer) => pieces.ownAt(peer, step, from));
    const bytes = pieces.lengthAt(team.rank, from);
    for (let at = 0; at < bytes; at += tileBytes) {
      const length = Math.min(tileBytes, bytes - at);
      const result = target.at >= 0 ? target.at + from + at : work.staging.result();
      work.fold(operands, result, { ...sources, offset: at }, length);
      target.take(from + at, length, result);
    }
  }
  if (isLent) yield* meeting.end(pieces.isLent);
}

function piecesOf({ counts, offsets }: Layout, width: number): PieceBytes {
  return {
    start: (peer) => (offsets[peer] ?? 0) * width,
    length: (peer) => (counts[peer] ?? 0) * width,
    longest: Math.max(...counts) * width,
  };
}
