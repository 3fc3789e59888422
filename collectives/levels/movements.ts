/** Movements over segments: one copy between segments, the others inside. */
import type { Program } from '../../runtime/comm/program.ts';
import type { AllgatherCall, BroadcastCall } from '../algorithm.ts';
import { slice } from '../layout.ts';
import { fitsSlot } from '../shared/slot-fold.ts';
import { between, type Crossing } from './crossing.ts';
import { blocksOf, columnOf, leadersOf, ownPieces, segmentOf, sharesOf, startOf, widthOf } from './places.ts';
import { isShared } from './tuning.ts';

const nothing = new Uint8Array(0);

export function* barrier(crossing: Crossing): Program<void> {
  const { levels, inside } = crossing;
  yield* inside.give();
  const across = { members: leadersOf(levels), isFollowed: true };
  if (inside.rank === 0) yield* between(crossing, across, 'barrier', 0, {});
  yield* inside.take(0, nothing);
}

/** How long the root's vector is the root alone needs to know, as long as it is short. */
export function* broadcast(crossing: Crossing, { vector, root }: BroadcastCall): Program<void> {
  const { levels, inside } = crossing;
  const home = segmentOf(levels, root);
  const isHome = home === levels.segment;
  const leader = isHome ? root - startOf(levels, home) : 0;
  const width = widthOf(levels);
  if (!isShared(width, vector.byteLength)) {
    if (inside.rank === leader) {
      const across = { members: leadersOf(levels, root), isFollowed: true };
      yield* between(crossing, across, 'broadcast', vector.byteLength, { vector, root: home });
    }
    yield* inside.take(leader, vector);
    return;
  }
  if (isHome) yield* inside.take(leader, vector);
  const shares = sharesOf(vector.length, width, inside.size);
  if (inside.rank < width) {
    const start = shares.offsets[inside.rank] ?? 0;
    const part = slice(vector, start, start + (shares.counts[inside.rank] ?? 0));
    const across = { members: columnOf(levels, inside.rank), isFollowed: !isHome };
    yield* between(crossing, across, 'broadcast', part.byteLength, { vector: part, root: home });
  }
  if (!isHome) yield* inside.allgather(shares, vector);
}

export function* allgather(crossing: Crossing, { layout, all }: AllgatherCall): Program<void> {
  const { levels, inside } = crossing;
  const blocks = blocksOf(levels, layout);
  const others = levels.starts.map((_, segment) => segment).filter((segment) => segment !== levels.segment);
  const width = widthOf(levels);
  const leaders = { members: leadersOf(levels), isFollowed: true };
  if (fitsSlot(all.byteLength)) {
    yield* inside.give({ all, layout: ownPieces(levels, layout) });
    if (inside.rank === 0) yield* between(crossing, leaders, 'allgather', all.byteLength, { layout: blocks, all });
    yield* inside.take(0, all);
    return;
  }
  yield* inside.allgather(ownPieces(levels, layout), all);
  if (!isShared(width, all.byteLength)) {
    if (inside.rank === 0) yield* between(crossing, leaders, 'allgather', all.byteLength, { layout: blocks, all });
    // What lies before this segment's own block, and what lies behind it.
    const start = blocks.offsets[levels.segment] ?? 0;
    if (start > 0) yield* inside.take(0, slice(all, 0, start));
    const end = start + (blocks.counts[levels.segment] ?? 0);
    if (end < all.length) yield* inside.take(0, slice(all, end, all.length));
    return;
  }
  const sharesIn = (segment: number, size: number) =>
    sharesOf(blocks.counts[segment] ?? 0, width, size, blocks.offsets[segment]);
  if (inside.rank < width) {
    const own = levels.starts.map((_, segment) => sharesIn(segment, width));
    const part = {
      counts: own.map(({ counts }) => counts[inside.rank] ?? 0),
      offsets: own.map(({ offsets }) => offsets[inside.rank] ?? 0),
      sparse: false,
    };
    const across = { members: columnOf(levels, inside.rank), isFollowed: true };
    yield* between(crossing, across, 'allgather', all.byteLength / width, { layout: part, all });
  }
  for (const segment of others) yield* inside.allgather(sharesIn(segment, inside.size), all);
}
