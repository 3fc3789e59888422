/** What a rank hands out, one parcel for each rank: an array that is cut, or a list. */

import { counted, show } from '../runtime/comm/show.ts';
import type { NumericArray } from '../runtime/core/api.ts';
import type { Exchange } from '../runtime/comm/program.ts';
import type { Layout } from './algorithm.ts';
import { checkTotal, evenCounts, failure, refuseInto, targetOf } from './arguments.ts';
import { bytesOf } from '../runtime/comm/element-type.ts';
import { copyElements, elementTypeOf, plainView } from './element-type.ts';
import { packed, pieceOf, totalOf } from './layout.ts';
import { type Packet, packetOf, valueOf } from './packet.ts';

export interface Parcels {
  readonly packets: readonly Packet[];
  /** All parcels one after another. */
  readonly bytes: Uint8Array;
  /** Where each lies in `bytes`. */
  readonly layout: Layout;
  /** Checks `into` (ERR_TYPE, ERR_COUNT). The function it gives yields the rank's own parcel, in `into` or a copy. */
  claim(into: unknown, rank: number): () => unknown;
}

/** ERR_TYPE for what is neither an array nor a list, ERR_COUNT where it cannot be cut as asked. */
export function parcelsOf(
  exchange: Exchange,
  data: unknown,
  cut: { readonly counts: readonly number[] | undefined; readonly name: string; readonly what: string },
): Parcels {
  const type = elementTypeOf(data);
  if (type !== undefined) return piecesOf(exchange, plainView(data as NumericArray, type), cut);
  const { size } = exchange;
  if (!Array.isArray(data)) {
    const remedy = `pass a numeric array, or a list of ${size} values`;
    throw failure(exchange, 'ERR_TYPE', `${cut.what} is ${show(data)}`, remedy);
  }
  if (cut.counts !== undefined) {
    throw failure(exchange, 'ERR_TYPE', `${cut.name} are given, but the data is a list`, `leave out ${cut.name}`);
  }
  if (data.length !== size) {
    const what = `the list has ${data.length} entries, the communicator ${counted(size, 'rank')}`;
    throw failure(exchange, 'ERR_COUNT', what, 'pass one entry for each rank');
  }
  return valuesOf(exchange, data);
}

function piecesOf(
  exchange: Exchange,
  array: NumericArray,
  { counts, name }: { readonly counts: readonly number[] | undefined; readonly name: string },
): Parcels {
  const type = elementTypeOf(array);
  if (counts !== undefined) checkTotal(exchange, name, counts, array.length);
  const elements = packed(counts ?? evenCounts(exchange, array.length, name));
  return {
    packets: elements.counts.map((_, peer) => packetOf(exchange, pieceOf(array, elements, peer), 'piece')),
    bytes: bytesOf(array),
    layout: packed(elements.counts.map((count) => count * array.BYTES_PER_ELEMENT)),
    claim(into, rank) {
      const own = pieceOf(array, elements, rank);
      const target = type && targetOf(exchange, into, type, own.length);
      return () => {
        if (target !== undefined) copyElements(target.view, own);
        return target?.result;
      };
    },
  };
}

function valuesOf(exchange: Exchange, list: readonly unknown[]): Parcels {
  const packets = Array.from(list, (value) => packetOf(exchange, value, 'value'));
  const layout = packed(packets.map((packet) => packet.bytes.length));
  const bytes = new Uint8Array(totalOf(layout.counts));
  for (const [peer, packet] of packets.entries()) bytes.set(packet.bytes, layout.offsets[peer]);
  return {
    packets,
    bytes,
    layout,
    claim(into, rank) {
      refuseInto(exchange, into);
      return () => {
        const start = layout.offsets[rank] ?? 0;
        return valueOf(packets[rank]?.type, bytes.subarray(start, start + (layout.counts[rank] ?? 0)));
      };
    },
  };
}
