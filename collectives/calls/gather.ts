import { show } from '../../runtime/comm/show.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { checkIntoType, countsOf, failure, refuseInto, rootOf, type Target, targetOf } from '../arguments.ts';
import { gatherBytes, gatherHeads, layoutOf } from '../assemble.ts';
import { choose } from '../choose.ts';
import { copyElements, type ElementType, elementTypeOf, plainView } from '../element-type.ts';
import { checkOwnCount, roomFor } from '../joined.ts';
import { packed, pieceOf, totalOf } from '../layout.ts';
import { type Packet, packetOf } from '../packet.ts';
import { run } from '../run.ts';
import { gatherValues, valuePacket } from '../values.ts';

/** All ranks' arrays joined, or a list of their values, at the root (MPI-4.1, §6.5); undefined elsewhere. */
export const gather: CollectiveDefinition = {
  name: 'gather',
  payload: true,
  start(exchange, data, { root: rootOption, into, counts: countsOption }) {
    const root = rootOf(exchange, rootOption);
    const counts = countsOf(exchange, 'counts', countsOption);
    const type = elementTypeOf(data);
    if (type === undefined) {
      refuseInto(exchange, into);
      if (counts !== undefined) {
        throw failure(exchange, 'ERR_TYPE', `counts are given, but the data is ${show(data)}`, 'leave out counts');
      }
      return gatherList(exchange, root, valuePacket(exchange, data));
    }
    const atRoot = exchange.rank === root;
    if (atRoot) checkIntoType(exchange, into, type);
    const own = plainView(data as NumericArray, type);
    if (counts === undefined) return gatherArrays(exchange, root, type, packetOf(exchange, own, 'piece'), into);
    checkOwnCount(exchange, counts, own.length);
    const target = atRoot ? targetOf(exchange, into, type, totalOf(counts)) : null;
    return gatherCounted(exchange, root, own, counts, target);
  },
};

function* gatherList(exchange: Exchange, root: number, packet: Packet): Program<unknown> {
  const values = yield* gatherValues(exchange, root, packet);
  return values?.map((value) => value());
}

function* gatherArrays(
  exchange: Exchange,
  root: number,
  type: ElementType,
  packet: Packet,
  into: unknown,
): Program<unknown> {
  const heads = yield* gatherHeads(exchange, root, packet);
  if (heads === null) return undefined;
  const room = roomFor(exchange, heads, type, into);
  room.bytes.set(packet.bytes, layoutOf(heads).offsets[exchange.rank]);
  yield* gatherBytes(exchange, root, heads, room.bytes);
  return room.result();
}

function* gatherCounted(
  exchange: Exchange,
  root: number,
  data: NumericArray,
  counts: readonly number[],
  target: Target | null,
): Program<unknown> {
  const { rank, size, isMixed } = exchange;
  const layout = packed(counts);
  const bytes = totalOf(counts) * data.BYTES_PER_ELEMENT;
  const all = target?.view ?? null;
  const own = all === null ? data : pieceOf(all, layout, rank);
  copyElements(own, data);
  const algorithm = choose('gather', { isMixed, size, bytes, commutative: true, even: false });
  yield* run(exchange, algorithm, { rank, size, tag: 0, root, layout, own, all });
  return target?.result;
}
