/** Alltoall among ranks that share memory. */
import type { AlltoallCall } from '../algorithm.ts';
import { aheadOf, piecesOf } from './movements.ts';
import { type PieceBytes, Pieces } from './pieces.ts';
import { Place } from './place.ts';
import type { Meeting, Tiles } from './tiles.ts';

type Exchanged = Omit<AlltoallCall, 'rank' | 'size' | 'tag'>;

/** Piece by piece, all of one length on every rank. */
export function alltoallEven(meeting: Meeting, call: Exchanged): Tiles {
  const outgoing = piecesOf(call.inputLayout, call.input.BYTES_PER_ELEMENT);
  const pieces = new Pieces(meeting, call.input, outgoing, { withOwn: false, isEven: true });
  return exchange(meeting, call, pieces, outgoing.longest);
}

/** Pieces of any length: in a step of their own all learn how long the longest is, and what comes for them. */
export function* alltoallUneven(meeting: Meeting, call: Exchanged): Tiles {
  const { team } = meeting;
  const width = call.input.BYTES_PER_ELEMENT;
  const outgoing = piecesOf(call.inputLayout, width);
  const incoming = piecesOf(call.outputLayout, width);
  const agreed = yield* meeting.arrive(0, outgoing.longest, 1, (words, at) => {
    for (let peer = 0; peer < team.size; peer += 1) words[at + peer] = outgoing.length(peer);
  });
  yield meeting.everyone(agreed);
  let longest = 0;
  let odd = -1;
  for (let peer = 0; peer < team.size; peer += 1) {
    longest = Math.max(longest, meeting.note(peer, agreed));
    if (meeting.table(peer, agreed, team.rank) !== incoming.length(peer)) odd = peer;
  }
  const came = odd < 0 ? 0 : meeting.table(odd, agreed, team.rank);
  const pieces = new Pieces(meeting, call.input, outgoing, { withOwn: false, isEven: false });
  yield* exchange(meeting, call, pieces, longest);
  if (odd < 0) return;
  const due = incoming.length(odd);
  const what = `rank ${String(team.first + odd)} sent ${String(came)} bytes, this rank expects ${String(due)}`;
  throw team.failure('ERR_MISMATCH', what, 'pass counts that fit each other on every rank');
}

/** `longest`: of all pieces of all ranks. */
function* exchange(meeting: Meeting, call: Exchanged, pieces: Pieces, longest: number): Tiles {
  const { team } = meeting;
  const { rank, size } = team;
  const { input, inputLayout, output, outputLayout } = call;
  const width = input.BYTES_PER_ELEMENT;
  const target = new Place(meeting, output);
  const incoming: PieceBytes = piecesOf(outputLayout, width);
  const [ownFrom, ownTo] = [piecesOf(inputLayout, width).start(rank), incoming.start(rank)];
  const { chunk } = pieces;
  const ahead = aheadOf(team);
  const first = team.step + 1;
  let isLent = false;
  let shown = 0;
  for (let from = 0; from < longest; from += chunk) {
    for (; shown < Math.min(longest, from + ahead * chunk); shown += chunk) {
      yield* pieces.show(shown, ahead);
      const own = pieces.lengthAt(rank, shown);
      if (own > 0) target.bytes.set(pieces.bytes.subarray(ownFrom + shown, ownFrom + shown + own), ownTo + shown);
    }
    const step = (first + from / chunk) | 0;
    yield meeting.everyone(step);
    isLent ||= meeting.anyLent(step);
    for (let turn = 1; turn < size; turn += 1) {
      const peer = (rank + turn) % size;
      const bytes = Math.max(0, Math.min(chunk, incoming.length(peer) - from));
      target.take(incoming.start(peer) + from, bytes, pieces.ownAt(peer, step, from));
    }
  }
  if (isLent) yield* meeting.end(pieces.isLent);
}
