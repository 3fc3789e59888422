/** Values that are not numeric arrays: a list of everybody's, and its fold in rank order by the caller's operation. */

import type { Op } from '../runtime/core/api.ts';
import type { CollectiveCall as Exchange } from '../runtime/comm/install.ts';
import type { Program } from '../runtime/comm/program.ts';
import { allgatherBytes, allgatherHeads, gatherBytes, gatherHeads, layoutOf } from './assemble.ts';
import { disagreementOf } from './kinds.ts';
import { totalOf } from './layout.ts';
import { type Head, type Packet, packetOf, valueOf } from './packet.ts';

/** Every rank's value at the root, in rank order; null elsewhere. */
export function* gatherValues(exchange: Exchange, root: number, packet: Packet): Program<(() => unknown)[] | null> {
  const heads = yield* gatherHeads(exchange, root, packet);
  if (heads === null) return null;
  const all = roomFor(exchange, heads, packet);
  yield* gatherBytes(exchange, root, heads, all);
  return decoders(exchange, heads, all);
}

/** Every rank's value on every rank, in rank order. Each is decoded when it is asked for. */
export function* allgatherValues(exchange: Exchange, packet: Packet): Program<(() => unknown)[]> {
  const heads = yield* allgatherHeads(exchange, packet);
  const all = roomFor(exchange, heads, packet);
  yield* allgatherBytes(exchange, heads, all);
  return decoders(exchange, heads, all);
}

export function foldValues(values: readonly (() => unknown)[], op: Op<unknown>): unknown {
  const [first, ...rest] = values;
  return rest.reduce((left, right) => op.combine(left, right()), first?.());
}

export function valuePacket(exchange: Exchange, value: unknown): Packet {
  return packetOf(exchange, value, 'value');
}

function roomFor({ rank }: Exchange, heads: readonly Head[], { bytes }: Packet): Uint8Array {
  const layout = layoutOf(heads);
  const all = new Uint8Array(totalOf(layout.counts));
  all.set(bytes, layout.offsets[rank]);
  return all;
}

function decoders(exchange: Exchange, heads: readonly Head[], all: Uint8Array): (() => unknown)[] {
  const error = disagreementOf(exchange, heads);
  if (error !== undefined) throw error;
  const { offsets } = layoutOf(heads);
  return heads.map(({ type, length }, rank) => {
    const start = offsets[rank] ?? 0;
    return () => valueOf(type, all.subarray(start, start + length));
  });
}
