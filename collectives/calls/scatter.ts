import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { type Layout, tagsPerAlgorithm } from '../algorithm.ts';
import { scatterBinomial } from '../algorithms/scatter-binomial.ts';
import { scatterLinear } from '../algorithms/scatter-linear.ts';
import { checkIntoType, countsOf, rootOf } from '../arguments.ts';
import { attempt } from '../attempt.ts';
import { packed, uniform } from '../layout.ts';
import { inlineBytesMax, readHead, slotBytes, writeHead } from '../packet.ts';
import { type Parcels, parcelsOf } from '../parcels.ts';
import { run } from '../run.ts';

const nothing = new Uint8Array(0);

/** Piece r of the root's array, or entry r of its list, on rank r (MPI-4.1, §6.6). */
export const scatter: CollectiveDefinition = {
  name: 'scatter',
  payload: true,
  start(exchange, data, { root: rootOption, into, counts: countsOption }) {
    const root = rootOf(exchange, rootOption);
    const counts = countsOf(exchange, 'counts', countsOption);
    if (exchange.rank === root) {
      const parcels = parcelsOf(exchange, data, { counts, name: 'counts', what: "the root's data" });
      return give(exchange, parcels, parcels.claim(into, exchange.rank));
    }
    checkIntoType(exchange, into, undefined);
    return take(exchange, root, into, counts?.[exchange.rank]);
  },
};

function* give(exchange: Exchange, parcels: Parcels, result: () => unknown): Program<unknown> {
  const { rank, size } = exchange;
  const slots = new Uint8Array(size * slotBytes);
  for (const [peer, packet] of parcels.packets.entries())
    writeHead(slots.subarray(peer * slotBytes, (peer + 1) * slotBytes), packet);
  const layoutOfSlots = uniform(size, slotBytes);
  const own = new Uint8Array(slotBytes);
  yield* run(exchange, scatterBinomial, { rank, size, tag: 0, root: rank, layout: layoutOfSlots, own, all: slots });
  const counts = parcels.layout.counts.map((bytes, peer) => (peer === rank || bytes <= inlineBytesMax ? 0 : bytes));
  const layout: Layout = { counts, offsets: parcels.layout.offsets, sparse: true };
  const call = { rank, size, tag: tagsPerAlgorithm, root: rank, layout, own: nothing, all: parcels.bytes };
  yield* run(exchange, scatterLinear, call);
  return result();
}

function* take(exchange: Exchange, root: number, into: unknown, count: number | undefined): Program<unknown> {
  const { rank, size, team } = exchange;
  const slot = new Uint8Array(slotBytes);
  const slotLayout = uniform(size, slotBytes);
  yield* run(exchange, scatterBinomial, { rank, size, tag: 0, root, layout: slotLayout, own: slot, all: null });
  const head = readHead(slot);
  const room = attempt(exchange, head, into, count);
  if (head.inline !== undefined) room.bytes.set(head.inline);
  // In shared memory all take the root's steps, also who has got its own already.
  if (head.inline === undefined || team !== undefined) {
    const layout: Layout = { ...packed([]), sparse: true };
    const own = head.inline === undefined ? room.bytes : nothing;
    yield* run(exchange, scatterLinear, { rank, size, tag: tagsPerAlgorithm, root, layout, own, all: null });
  }
  return room.result();
}
