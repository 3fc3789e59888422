/** Who carries what between segments. */
import type { Levels } from '../../runtime/comm/sharing.ts';
import type { Layout } from '../algorithm.ts';
import { blockStart } from '../layout.ts';

export function startOf({ starts, size }: Levels, segment: number): number {
  return starts[segment] ?? size;
}

/** How many ranks a segment has. */
export function sizeOf(levels: Levels, segment: number): number {
  return startOf(levels, segment + 1) - startOf(levels, segment);
}

export function segmentOf({ starts }: Levels, rank: number): number {
  return starts.findLastIndex((start) => start <= rank);
}

/** The rank of each segment that speaks for it: the first one, but in the segment of `root` that. */
export function leadersOf({ starts }: Levels, root = 0): number[] {
  const leaders = [...starts];
  leaders[starts.findLastIndex((start) => start <= root)] = root;
  return leaders;
}

/** Ranks of the smallest segment: so many can share the way between segments. */
export function widthOf(levels: Levels): number {
  return Math.min(...levels.starts.map((_, segment) => sizeOf(levels, segment)));
}

/** The rank with the place `place` in each segment. */
export function columnOf({ starts }: Levels, place: number): number[] {
  return starts.map((start) => start + place);
}

/** How `length` elements from `offset` on are shared by the first `width` of `size` ranks. */
export function sharesOf(length: number, width: number, size: number, offset = 0): Layout {
  const start = (place: number): number => blockStart(length, width, Math.min(place, width));
  const places = Array.from({ length: size }, (_, place) => place);
  return {
    counts: places.map((place) => start(place + 1) - start(place)),
    offsets: places.map((place) => offset + start(place)),
    sparse: true,
  };
}

/** The pieces of each segment as one. They lie one after another. */
export function blocksOf(levels: Levels, { counts, offsets, sparse }: Layout): Layout {
  const startAt = (segment: number): number => offsets[startOf(levels, segment)] ?? 0;
  const endAt = (segment: number): number => {
    const last = startOf(levels, segment + 1) - 1;
    return (offsets[last] ?? 0) + (counts[last] ?? 0);
  };
  return {
    counts: levels.starts.map((_, segment) => endAt(segment) - startAt(segment)),
    offsets: levels.starts.map((_, segment) => startAt(segment)),
    sparse,
  };
}

/** The pieces of the ranks of this rank's segment. */
export function ownPieces(levels: Levels, { counts, offsets, sparse }: Layout): Layout {
  const [start, end] = [startOf(levels, levels.segment), startOf(levels, levels.segment + 1)];
  return { counts: counts.slice(start, end), offsets: offsets.slice(start, end), sparse };
}
