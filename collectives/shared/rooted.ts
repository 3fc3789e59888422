/** Movements to or from one rank, piece by piece, among ranks that share memory. */
import type { GatherCall, ScatterCall } from '../algorithm.ts';
import { piecesOf } from './movements.ts';
import { givenTo, Place } from './place.ts';
import type { Meeting, Tiles } from './tiles.ts';

/** Everybody's piece to its place in the root's `all`, where its own lies already; all know how long each is. */
export function* gatherAll(meeting: Meeting, { root, rank, layout, own, all }: GatherCall): Tiles {
  const { work, team } = meeting;
  const { tileBytes } = work.staging;
  const source = givenTo(meeting, own, all !== null);
  const target = all === null ? null : new Place(meeting, all);
  const pieces = piecesOf(layout, own.BYTES_PER_ELEMENT);
  const lengthAt = (peer: number, from: number): number => Math.max(0, Math.min(pieces.length(peer) - from, tileBytes));
  for (let from = 0; from < pieces.longest; from += tileBytes) {
    if (target === null) {
      yield* meeting.show(source, from, lengthAt(rank, from), 1);
      continue;
    }
    const step = yield* meeting.arrive(0);
    yield meeting.everyone(step);
    for (let turn = 1; turn < team.size; turn += 1) {
      const peer = (root + turn) % team.size;
      target.take(pieces.start(peer) + from, lengthAt(peer, from), meeting.address(peer, step));
    }
  }
  // An array of the caller's may be read until the root is over.
  yield* meeting.end(target === null && source.isShown);
}

/** Pieces of the root's `all` to `own` of the others; how long the longest is the root alone needs to know. */
export function* scatterAll(meeting: Meeting, { root, rank, layout, own, all }: ScatterCall): Tiles {
  const { work, team } = meeting;
  const most = Math.floor(work.staging.tileBytes / team.size / 64) * 64;
  const chunkOf = (longest: number): number => Math.min(most, Math.ceil(longest / 64) * 64);
  let from = 0;
  let longest: number;
  if (all !== null) {
    const source = new Place(meeting, all, false);
    const pieces = piecesOf(layout, all.BYTES_PER_ELEMENT);
    longest = pieces.longest;
    const chunk = chunkOf(longest);
    meeting.isAwaited = true;
    do {
      const tile = yield* meeting.tile(1);
      for (let peer = 0; peer < team.size; peer += 1) {
        const length = Math.max(0, Math.min(pieces.length(peer) - from, chunk));
        if (peer !== rank) source.give(tile + peer * chunk, pieces.start(peer) + from, length);
      }
      yield* meeting.arrive(tile, longest);
      from += chunk;
    } while (from < longest);
    return;
  }
  const target = new Place(meeting, own);
  do {
    const step = yield* meeting.arrive(0);
    yield meeting.of(root, step);
    longest = meeting.note(root, step);
    const chunk = chunkOf(longest);
    const length = Math.max(0, Math.min(target.bytes.length - from, chunk));
    target.take(from, length, meeting.address(root, step) + rank * chunk);
    from += chunk;
  } while (from < longest);
}
