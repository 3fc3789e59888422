import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import { broadcastInlineBytesMax } from '../../runtime/core/limits.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { tagsPerAlgorithm } from '../algorithm.ts';
import { broadcastBinomial } from '../algorithms/broadcast-binomial.ts';
import { checkIntoType, refuseInto, rootOf, targetOf } from '../arguments.ts';
import { attempt } from '../attempt.ts';
import { choose } from '../choose.ts';
import { bytesOf } from '../../runtime/comm/element-type.ts';
import { copyElements } from '../element-type.ts';
import { type Head, type Packet, packetOf, readHead, slotHeaderBytes, valueOf, writeHead } from '../packet.ts';
import { run } from '../run.ts';
import { broadcastDirect } from '../shared/direct-movements.ts';
import { runLater } from '../shared/slot-call.ts';
import { SlotBroadcast } from '../shared/slot-broadcast.ts';
import { shownBytesMax } from '../shared/slot-shown.ts';

/** The root's value on every rank (MPI-4.1, §6.4). Its type and length are the root's alone to know. */
export const broadcast: CollectiveDefinition = {
  name: 'broadcast',
  payload: true,
  direct: broadcastDirect,
  start(exchange, data, { root: rootOption, into }) {
    const root = rootOf(exchange, rootOption);
    if (exchange.rank !== root) {
      // Whether it fits is seen when the head has come; that it is an array at all can be seen now.
      checkIntoType(exchange, into, undefined);
      return receiveValue(exchange, root, into);
    }
    const packet = packetOf(exchange, data, 'piece');
    if (packet.type === undefined) refuseInto(exchange, into);
    const target = packet.type && targetOf(exchange, into, packet.type, (data as NumericArray).length);
    return sendValue(exchange, packet, () => {
      if (target === undefined) return valueOf(undefined, packet.bytes);
      copyElements(bytesOf(target.view), packet.bytes);
      return target.result;
    });
  },
};

function* sendValue(exchange: Exchange, packet: Packet, result: () => unknown): Program<unknown> {
  const { rank, size, team, number = 0 } = exchange;
  const { length } = packet.bytes;
  if (team !== undefined) {
    yield* runLater(team, new SlotBroadcast(rank, packet, number));
    if (length > shownBytesMax) yield* spread(exchange, rank, packet.bytes);
    return result();
  }
  const head = new Uint8Array(slotHeaderBytes + (length <= broadcastInlineBytesMax ? length : 0));
  writeHead(head, packet);
  yield* run(exchange, broadcastBinomial, { rank, size, tag: 0, root: rank, vector: head });
  if (length > broadcastInlineBytesMax) yield* spread(exchange, rank, packet.bytes);
  return result();
}

function* receiveValue(exchange: Exchange, root: number, into: unknown): Program<unknown> {
  const head = yield* receiveHead(exchange, root);
  const room = attempt(exchange, head, into);
  if (head.inline === undefined) yield* spread(exchange, root, room.bytes);
  else room.bytes.set(head.inline);
  return room.result();
}

function* receiveHead(exchange: Exchange, root: number): Program<Head> {
  const { rank, size, team, number = 0 } = exchange;
  if (team !== undefined) return yield* runLater(team, new SlotBroadcast(root, null, number));
  const slot = new Uint8Array(slotHeaderBytes + broadcastInlineBytesMax);
  yield* run(exchange, broadcastBinomial, { rank, size, tag: 0, root, vector: slot });
  return readHead(slot);
}

function* spread(exchange: Exchange, root: number, vector: Uint8Array): Program<void> {
  const { rank, size, isMixed } = exchange;
  const algorithm = choose('broadcast', { isMixed, size, bytes: vector.length, commutative: true, even: true });
  yield* run(exchange, algorithm, { rank, size, tag: tagsPerAlgorithm, root, vector });
}
