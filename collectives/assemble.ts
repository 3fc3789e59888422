/**
 * Gathering what only its owner knows the type and length of: slots first, by the algorithm for short pieces, then the
 * bytes that did not fit, for which everybody concerned now knows the lengths.
 */

import type { CollectiveCall as Exchange } from '../runtime/comm/install.ts';
import type { Program } from '../runtime/comm/program.ts';
import type { GatherCall, Layout } from './algorithm.ts';
import { allgatherBruck } from './algorithms/allgather-bruck.ts';
import { gatherBinomial } from './algorithms/gather-binomial.ts';
import { gatherLinear } from './algorithms/gather-linear.ts';
import { tagsPerAlgorithm } from './algorithm.ts';
import { choose } from './choose.ts';
import { packed, totalOf, uniform } from './layout.ts';
import { type Head, inlineBytesMax, type Packet, readSlots, slotBytes, slotOf } from './packet.ts';
import { perform } from './perform.ts';
import { run } from './run.ts';
import { SlotAllgather } from './shared/slot-allgather.ts';
import { runLater } from './shared/slot-call.ts';

/** Heads of all ranks at the root. Null elsewhere, where all is done for this rank: its bytes are given too. */
export function* gatherHeads(exchange: Exchange, root: number, packet: Packet): Program<readonly Head[] | null> {
  const { rank, size, team, number = 0 } = exchange;
  if (team !== undefined) {
    const heads = yield* runLater(team, new SlotAllgather('gather', packet, { root, number }));
    if (rank === root) return heads;
    yield* passBytes(exchange, { root, layout: longOnes(heads), own: packet.bytes, all: null });
    return null;
  }
  const all = rank === root ? new Uint8Array(size * slotBytes) : null;
  const slots = uniform(size, slotBytes);
  yield* perform(exchange, gatherBinomial.steps({ rank, size, tag: 0, root, layout: slots, own: slotOf(packet), all }));
  if (all !== null) return readSlots(all);
  const isLong = packet.bytes.length > inlineBytesMax;
  const layout: Layout = { counts: [], offsets: [], sparse: true };
  if (isLong) yield* passBytes(exchange, { root, layout, own: packet.bytes, all: null });
  return null;
}

/** Bytes that are in no slot, to the root. Where memory is shared all know their layout, and take part if there are. */
function* passBytes(exchange: Exchange, call: Omit<GatherCall, 'rank' | 'size' | 'tag'>): Program<void> {
  const { rank, size, team } = exchange;
  if (team !== undefined && totalOf(call.layout.counts) === 0) return;
  yield* run(exchange, gatherLinear, { rank, size, tag: tagsPerAlgorithm, ...call });
}

/** Heads of all ranks, at all ranks. */
export function* allgatherHeads(exchange: Exchange, packet: Packet): Program<readonly Head[]> {
  const { rank, size, team, number = 0 } = exchange;
  if (team !== undefined) return yield* runLater(team, new SlotAllgather('allgather', packet, { root: 0, number }));
  const all = new Uint8Array(size * slotBytes);
  all.set(slotOf(packet), rank * slotBytes);
  yield* run(exchange, allgatherBruck, { rank, size, tag: 0, layout: uniform(size, slotBytes), all });
  return readSlots(all);
}

/** Where the bytes of all ranks lie, one after another. */
export function layoutOf(heads: readonly Head[]): Layout {
  return packed(heads.map(({ length }) => length));
}

/** The second step of a gather, at the root: all bytes of all ranks into `all`, where its own lie already. */
export function* gatherBytes(exchange: Exchange, root: number, heads: readonly Head[], all: Uint8Array): Program<void> {
  const { rank } = exchange;
  const layout = longOnes(heads);
  fillInline(heads, all);
  const own = all.subarray(layout.offsets[rank] ?? 0, (layout.offsets[rank] ?? 0) + (layout.counts[rank] ?? 0));
  yield* passBytes(exchange, { root, layout, own, all });
}

/** The second step of an allgather: all bytes of all ranks into `all`, where this rank's own lie already. */
export function* allgatherBytes(exchange: Exchange, heads: readonly Head[], all: Uint8Array): Program<void> {
  const { rank, size, isMixed } = exchange;
  fillInline(heads, all);
  const layout = longOnes(heads);
  const bytes = totalOf(layout.counts);
  if (bytes === 0) return;
  const algorithm = choose('allgather', { isMixed, size, bytes, commutative: true, even: false });
  yield* run(exchange, algorithm, { rank, size, tag: tagsPerAlgorithm, layout, all });
}

/** The layout of the bytes that are not in the slots. */
export function longOnes(heads: readonly Head[]): Layout {
  const { offsets } = layoutOf(heads);
  return { offsets, counts: heads.map(({ length, inline }) => (inline === undefined ? length : 0)), sparse: true };
}

export function fillInline(heads: readonly Head[], all: Uint8Array): void {
  const { offsets } = layoutOf(heads);
  for (const [rank, { inline }] of heads.entries()) if (inline !== undefined) all.set(inline, offsets[rank]);
}
