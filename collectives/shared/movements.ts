/** Movements of data among ranks that share memory. */
import type { AllgatherCall, AlltoallCall, BroadcastCall } from '../algorithm.ts';
import { inCallersArray, type Meeting, Pieces, Place, type Tiles } from './tiles.ts';

/** The root's vector in everybody's; how long it is the root alone needs to know. */
export function* broadcastAll(meeting: Meeting, { root, rank, vector }: BroadcastCall): Tiles {
  const { work, team } = meeting;
  const place = new Place(meeting, vector);
  const room = place.bytes.length;
  const lends = rank === root && place.at >= 0 ? 1 : 0;
  let total = room;
  let from = 0;
  let lent: boolean;
  do {
    const shows = rank === root;
    const address = shows ? place.show(from, Math.min(work.tileBytes, total - from), work.next().shown) : 0;
    const step = meeting.arrive(address, total * 2 + lends);
    yield step;
    const note = meeting.note(root, step);
    lent = note % 2 === 1;
    total = Math.floor(note / 2);
    if (total > room) {
      const what = `rank ${String(root)} sends ${String(total)} bytes, this rank expects ${String(room)}`;
      throw team.failure('ERR_MISMATCH', what, 'call it with the same length on every rank');
    }
    if (!shows) place.take(from, Math.min(work.tileBytes, total - from), meeting.address(root, step));
    from += work.tileBytes;
  } while (from < total);
  if (lent) yield meeting.arrive(0);
}

/** Everybody's piece in everybody's array. */
export function* allgatherAll(meeting: Meeting, { layout, all, rank }: AllgatherCall): Tiles {
  const { work, team } = meeting;
  const width = all.BYTES_PER_ELEMENT;
  const place = new Place(meeting, all);
  const pieceAt = (peer: number): number => (layout.offsets[peer] ?? 0) * width;
  const lengthOf = (peer: number, from: number): number =>
    Math.max(0, Math.min((layout.counts[peer] ?? 0) * width - from, work.tileBytes));
  const longest = Math.max(...layout.counts) * width;
  let from = 0;
  let lent = false;
  do {
    const { shown } = work.next();
    const address = place.show(pieceAt(rank) + from, lengthOf(rank, from), shown);
    const step = meeting.arrive(address, place.at >= 0 ? inCallersArray : 0);
    yield step;
    lent ||= meeting.anyLent(step);
    for (let peer = 0; peer < team.size; peer += 1) {
      if (peer !== rank) place.take(pieceAt(peer) + from, lengthOf(peer, from), meeting.address(peer, step));
    }
    from += work.tileBytes;
  } while (from < longest);
  if (lent) yield meeting.arrive(0);
}

/** Piece by piece, all of one length on every rank. */
export function* alltoallEven(meeting: Meeting, call: Omit<AlltoallCall, 'rank' | 'size' | 'tag'>): Tiles {
  const { work, team } = meeting;
  const { input, inputLayout, output, outputLayout } = call;
  const width = input.BYTES_PER_ELEMENT;
  const target = new Place(meeting, output);
  const piece = (inputLayout.counts[0] ?? 0) * width;
  const pieces = new Pieces(meeting, input, (peer) => (inputLayout.offsets[peer] ?? 0) * width, piece);
  const { chunk } = pieces;
  let from = 0;
  let lent = false;
  do {
    const bytes = Math.min(chunk, piece - from);
    const step = pieces.show(from, () => bytes, work.next().shown);
    yield step;
    lent ||= meeting.anyLent(step);
    for (let peer = 0; peer < team.size; peer += 1) {
      target.take((outputLayout.offsets[peer] ?? 0) * width + from, bytes, pieces.ownAt(peer, step, from));
    }
    from += chunk;
  } while (from < piece);
  if (lent) yield meeting.arrive(0);
}
