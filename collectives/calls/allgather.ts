import { show } from '../../runtime/comm/show.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { checkIntoType, countsOf, failure, refuseInto, type Target, targetOf } from '../arguments.ts';
import { allgatherBytes, allgatherHeads, layoutOf } from '../assemble.ts';
import { choose } from '../choose.ts';
import { copyElements, type ElementType, elementTypeOf, plainView } from '../element-type.ts';
import { checkOwnCount, roomFor } from '../joined.ts';
import { packed, pieceOf, totalOf } from '../layout.ts';
import { type Packet, packetOf } from '../packet.ts';
import { run } from '../run.ts';
import { allgatherDirect } from '../shared/direct-movements.ts';
import { allgatherValues, valuePacket } from '../values.ts';

/** All ranks' arrays joined, or a list of their values, on every rank (MPI-4.1, §6.7). */
export const allgather: CollectiveDefinition = {
  name: 'allgather',
  payload: true,
  direct: allgatherDirect,
  start(exchange, data, { into, counts: countsOption }) {
    const counts = countsOf(exchange, 'counts', countsOption);
    const type = elementTypeOf(data);
    if (type === undefined) {
      refuseInto(exchange, into);
      if (counts !== undefined) {
        throw failure(exchange, 'ERR_TYPE', `counts are given, but the data is ${show(data)}`, 'leave out counts');
      }
      return allgatherList(exchange, valuePacket(exchange, data));
    }
    checkIntoType(exchange, into, type);
    const own = plainView(data as NumericArray, type);
    if (counts === undefined) return allgatherArrays(exchange, type, packetOf(exchange, own, 'piece'), into);
    checkOwnCount(exchange, counts, own.length);
    return allgatherCounted(exchange, own, counts, targetOf(exchange, into, type, totalOf(counts)));
  },
};

function* allgatherList(exchange: Exchange, packet: Packet): Program<unknown> {
  const values = yield* allgatherValues(exchange, packet);
  return values.map((value) => value());
}

function* allgatherArrays(exchange: Exchange, type: ElementType, packet: Packet, into: unknown): Program<unknown> {
  const heads = yield* allgatherHeads(exchange, packet);
  const room = roomFor(exchange, heads, type, into);
  room.bytes.set(packet.bytes, layoutOf(heads).offsets[exchange.rank]);
  yield* allgatherBytes(exchange, heads, room.bytes);
  return room.result();
}

function* allgatherCounted(
  exchange: Exchange,
  data: NumericArray,
  counts: readonly number[],
  { view: all, result }: Target,
): Program<unknown> {
  const { rank, size, isMixed } = exchange;
  const layout = packed(counts);
  copyElements(pieceOf(all, layout, rank), data);
  const algorithm = choose('allgather', { isMixed, size, bytes: all.byteLength, commutative: true, even: false });
  yield* run(exchange, algorithm, { rank, size, tag: 0, layout, all });
  return result;
}
