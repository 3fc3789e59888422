/** Reduce-scatter among ranks that share memory. */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Layout } from '../algorithm.ts';
import { aheadOf, piecesOf } from './movements.ts';
import type { Operands } from './operands.ts';
import { Pieces } from './pieces.ts';
import { givenTo, Place } from './place.ts';
import { lastMayReduce, lastReduces } from './reductions.ts';
import type { Meeting, Tiles } from './tiles.ts';

interface Scattered {
  readonly layout: Layout;
  readonly vector: NumericArray;
  /** Where this rank's piece of the result goes. */
  readonly own: NumericArray;
}

/** Everybody's own piece of the reduction of everybody's `vector`, which stays as it is. */
export function reduceScatterAll(meeting: Meeting, operands: Operands, scattered: Scattered): Tiles {
  const { layout, vector, own } = scattered;
  if (!lastMayReduce(meeting, vector.byteLength)) return piecesReduced(meeting, operands, scattered);
  const start = (layout.offsets[meeting.team.rank] ?? 0) * own.BYTES_PER_ELEMENT;
  const taken = { target: new Place(meeting, own), start, end: start + own.byteLength };
  return lastReduces(meeting, operands, givenTo(meeting, vector, own.length > 0), taken);
}

/** Each rank reduces its own piece. */
function* piecesReduced(meeting: Meeting, operands: Operands, { layout, own, vector }: Scattered): Tiles {
  const { team, work } = meeting;
  const { tileBytes } = work.staging;
  const target = new Place(meeting, own);
  const outgoing = piecesOf(layout, own.BYTES_PER_ELEMENT);
  const pieces = new Pieces(meeting, vector, outgoing, { withOwn: true, isEven: true });
  const { longest } = outgoing;
  const { chunk } = pieces;
  const ahead = aheadOf(team);
  const first = team.step + 1;
  let isLent = false;
  let shown = 0;
  for (let from = 0; from < longest; from += chunk) {
    for (; shown < Math.min(longest, from + ahead * chunk); shown += chunk) yield* pieces.show(shown, ahead);
    const step = (first + from / chunk) | 0;
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
