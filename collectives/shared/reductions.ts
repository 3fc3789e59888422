/** Reductions among ranks that share memory. Operands combine in the order of ranks, the same for every element. */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Layout } from '../algorithm.ts';
import { inCallersArray, type Meeting, Pieces, Place, shareOf, type Tiles } from './tiles.ts';
import type { Reduction } from './workspace.ts';
import { onceBytesMax } from './tuning.ts';

/** The reduction of everybody's `data`, in `target` where there is one. */
export function* reduceAll(
  meeting: Meeting,
  reduction: Reduction,
  data: NumericArray,
  into: NumericArray | null,
): Tiles {
  const { team, work } = meeting;
  const { size, rank } = team;
  const source = new Place(meeting, data);
  const target = into === null ? null : new Place(meeting, into);
  const { byteLength } = data;
  const once = team.counting && Math.min(byteLength, work.tileBytes) * size <= onceBytesMax();
  let lent = false;
  for (let from = 0; from < byteLength; from += work.tileBytes) {
    const bytes = Math.min(work.tileBytes, byteLength - from);
    const { shown, result } = work.next();
    const shownAt = source.show(from, bytes, shown);
    if (once) {
      const step = meeting.arrive(shownAt, 0, (arrived) => {
        work.fold(reduction, result, meeting.addresses(arrived, 0), bytes);
        return result;
      });
      yield step;
      target?.take(from, bytes, meeting.common(step));
      continue;
    }
    const step = meeting.arrive(shownAt);
    yield step;
    const [start, end] = shareOf(bytes, rank, size);
    const own = target !== null && target.at >= 0 ? target.at + from : result;
    work.fold(reduction, own + start, meeting.addresses(step, start), end - start);
    const reduced = meeting.arrive(own, own === result ? 0 : inCallersArray);
    yield reduced;
    lent ||= meeting.anyLent(reduced);
    for (let peer = 0; peer < size; peer += 1) {
      const [first, last] = shareOf(bytes, peer, size);
      target?.take(from + first, last - first, meeting.address(peer, reduced) + first);
    }
  }
  if (byteLength === 0 || lent) yield meeting.arrive(0);
}

/** Each rank reduces its own piece of everybody's `vector` to `own`. */
export function* reduceScatterAll(
  meeting: Meeting,
  reduction: Reduction,
  { layout, own, vector }: { layout: Layout; own: NumericArray; vector: NumericArray },
): Tiles {
  const { team, work } = meeting;
  const width = own.BYTES_PER_ELEMENT;
  const target = new Place(meeting, own);
  const longest = Math.max(...layout.counts) * width;
  const pieces = new Pieces(meeting, vector, (peer) => (layout.offsets[peer] ?? 0) * width, longest);
  const { chunk } = pieces;
  let lent = false;
  let from = 0;
  do {
    const { shown, result } = work.next();
    const lengthOf = (peer: number): number => Math.max(0, Math.min((layout.counts[peer] ?? 0) * width - from, chunk));
    const step = pieces.show(from, lengthOf, shown);
    yield step;
    lent ||= meeting.anyLent(step);
    const bytes = lengthOf(team.rank);
    const sources = Array.from({ length: team.size }, (_, peer) => pieces.ownAt(peer, step, from));
    const at = target.at >= 0 ? target.at + from : result;
    work.fold(reduction, at, sources, bytes);
    target.take(from, bytes, at);
    from += chunk;
  } while (from < longest);
  if (lent) yield meeting.arrive(0);
}

/** Prefixes in place of what everybody shows: each rank makes those of its share of the elements, for all. */
export function* scanAll(
  meeting: Meeting,
  reduction: Reduction,
  { data, into, exclusive }: { data: NumericArray; into: NumericArray | null; exclusive: boolean },
): Tiles {
  const { team, work } = meeting;
  const { size, rank } = team;
  const place = new Place(meeting, data);
  const target = into === null ? null : new Place(meeting, into);
  const { byteLength } = data;
  const once = team.counting && Math.min(byteLength, work.tileBytes) * size <= onceBytesMax();
  for (let from = 0; from < byteLength; from += work.tileBytes) {
    const bytes = Math.min(work.tileBytes, byteLength - from);
    const { shown } = work.next();
    team.host.copyIn(shown, place.bytes.subarray(from, from + bytes));
    const prefixes = (step: number, start: number, end: number): void => {
      for (let peer = 1; peer < size; peer += 1) {
        const [before, at] = [meeting.address(peer - 1, step) + start, meeting.address(peer, step) + start];
        work.fold(reduction, at, [before, at], end - start);
      }
    };
    let step = meeting.arrive(shown, 0, (arrived) => {
      if (once) prefixes(arrived, 0, bytes);
      return 0;
    });
    yield step;
    if (!once) {
      const [start, end] = shareOf(bytes, rank, size);
      if (end > start) prefixes(step, start, end);
      step = meeting.arrive(shown);
      yield step;
    }
    const last = exclusive ? rank - 1 : rank;
    if (last >= 0) target?.take(from, bytes, meeting.address(last, step));
  }
  if (byteLength === 0) yield meeting.arrive(0);
}
