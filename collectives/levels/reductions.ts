/**
 * Reductions over segments: inside each, between them, and back. Operands combine in the order of ranks inside a
 * segment, and a segment holds ranks that follow each other.
 */
import type { Program } from '../../runtime/comm/program.ts';
import type { ReduceScatterCall, ReductionCall, RootedReductionCall, ScanCall } from '../algorithm.ts';
import { allocateLike, copyElements } from '../element-type.ts';
import { packed, pieceOf, slice, totalOf } from '../layout.ts';
import type { Operands } from '../shared/operands.ts';
import { between, type Crossing } from './crossing.ts';
import { blocksOf, columnOf, leadersOf, segmentOf, sharesOf, sizeOf, startOf, widthOf } from './places.ts';
import { isShared } from './tuning.ts';

export interface ReductionCrossing extends Crossing {
  readonly operands: Operands;
}

export function* allreduce(crossing: ReductionCrossing, { vector, combine }: ReductionCall): Program<void> {
  const { levels, inside, operands } = crossing;
  const width = widthOf(levels);
  if (!isShared(width, vector.byteLength)) {
    yield* inside.reduce(operands, 0, vector, true);
    if (inside.rank === 0) {
      const call = { vector, combine, commutative: true };
      const across = { members: leadersOf(levels), isFollowed: true };
      yield* between(crossing, across, 'allreduce', vector.byteLength, call);
    }
    yield* inside.take(0, vector);
    return;
  }
  const shares = sharesOf(vector.length, width, inside.size);
  const own = allocateLike(vector, shares.counts[inside.rank] ?? 0);
  yield* inside.reduceScatter(operands, shares, vector, own);
  if (inside.rank < width) {
    const call = { vector: own, combine, commutative: true };
    const across = { members: columnOf(levels, inside.rank), isFollowed: true };
    yield* between(crossing, across, 'allreduce', own.byteLength, call);
  }
  copyElements(pieceOf(vector, shares, inside.rank), own);
  yield* inside.allgather(shares, vector);
}

/** Away from the root `vector` is spoiled. */
export function* reduce(crossing: ReductionCrossing, call: RootedReductionCall): Program<void> {
  const { levels, inside, operands } = crossing;
  const { vector, combine, root } = call;
  const home = segmentOf(levels, root);
  const width = widthOf(levels);
  const part = { combine, commutative: true, root: home };
  if (!isShared(width, vector.byteLength)) {
    const leader = home === levels.segment ? root - startOf(levels, home) : 0;
    yield* inside.reduce(operands, leader, vector, false);
    if (inside.rank !== leader) return;
    const across = { members: leadersOf(levels, root), isFollowed: false };
    yield* between(crossing, across, 'reduce', vector.byteLength, { ...part, vector });
    return;
  }
  const shares = sharesOf(vector.length, width, inside.size);
  const own = allocateLike(vector, shares.counts[inside.rank] ?? 0);
  yield* inside.reduceScatter(operands, shares, vector, own);
  if (inside.rank < width) {
    const across = { members: columnOf(levels, inside.rank), isFollowed: home === levels.segment };
    yield* between(crossing, across, 'reduce', own.byteLength, { ...part, vector: own });
  }
  if (home !== levels.segment) return;
  copyElements(pieceOf(vector, shares, inside.rank), own);
  yield* inside.allgather(shares, vector);
}

export function* reduceScatter(crossing: ReductionCrossing, call: ReduceScatterCall): Program<void> {
  const { levels, inside, operands } = crossing;
  const { vector, own, layout, combine } = call;
  const segments = levels.starts.map((_, segment) => segment);
  const isEven = segments.every((segment) => sizeOf(levels, segment) === inside.size);
  const blocks = blocksOf(levels, layout);
  const how = { combine, commutative: true };
  if (isEven && isShared(inside.size, vector.byteLength)) {
    // For each segment, what this rank's segment gives to the rank there that has this rank's place.
    const column = columnOf(levels, inside.rank);
    const parts = packed(column.map((rank) => layout.counts[rank] ?? 0));
    const partial = allocateLike(vector, totalOf(parts.counts));
    for (const segment of segments) {
      const [start, end] = [startOf(levels, segment), startOf(levels, segment + 1)];
      const pieces = packed(layout.counts.slice(start, end));
      yield* inside.reduceScatter(operands, pieces, pieceOf(vector, blocks, segment), pieceOf(partial, parts, segment));
    }
    const across = { members: column, isFollowed: false };
    const part = { ...how, layout: parts, vector: partial, own };
    yield* between(crossing, across, 'reduceScatter', partial.byteLength, part);
    return;
  }
  const isLeader = inside.rank === 0;
  const work = isLeader ? allocateLike(vector, vector.length) : vector;
  if (isLeader) copyElements(work, vector);
  yield* inside.reduce(operands, 0, work, true);
  const block = allocateLike(vector, blocks.counts[levels.segment] ?? 0);
  if (isLeader) {
    const part = { ...how, layout: blocks, vector: work, own: block };
    const across = { members: leadersOf(levels), isFollowed: true };
    yield* between(crossing, across, 'reduceScatter', vector.byteLength, part);
  }
  yield* inside.take(0, block);
  const start =
    (layout.offsets[startOf(levels, levels.segment) + inside.rank] ?? 0) - (blocks.offsets[levels.segment] ?? 0);
  copyElements(own, slice(block, start, start + own.length));
}

/** The last rank of each segment knows what all of it come to. */
export function* scan(crossing: ReductionCrossing, { vector, combine, exclusive }: ScanCall): Program<void> {
  const { levels, inside, operands } = crossing;
  const last = inside.size - 1;
  // There first this segment's total, then that of those before it.
  const before = allocateLike(vector, vector.length);
  copyElements(before, vector);
  yield* inside.scan(operands, vector, exclusive);
  if (inside.rank === last) {
    if (!exclusive) copyElements(before, vector);
    else if (last > 0) combine(before, vector, before);
    const members = levels.starts.map((_, segment) => startOf(levels, segment + 1) - 1);
    const call = { vector: before, combine, commutative: true, exclusive: true };
    yield* between(crossing, { members, isFollowed: true }, 'scan', vector.byteLength, call);
  }
  yield* inside.take(last, before);
  if (levels.segment === 0) return;
  if (exclusive && inside.rank === 0) copyElements(vector, before);
  else combine(vector, before, vector);
}
