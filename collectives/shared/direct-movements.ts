/**
 * The direct way of movements: plain arrays, options that ask for nothing else. Anything that is in any way unusual
 * gets `notDirect`, before anything moved.
 */
import { notDirect } from '../../runtime/comm/install.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import { bytesOf } from '../../runtime/comm/element-type.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { fillInline, longOnes } from '../assemble.ts';
import { attempt } from '../attempt.ts';
import { copyElements, type ElementType, overlap } from '../element-type.ts';
import { roomFor as joinedRoom } from '../joined.ts';
import { totalOf, uniform } from '../layout.ts';
import type { Head } from '../packet.ts';
import { tilesOf } from '../run.ts';
import { callDirect } from './form.ts';
import { alltoallForm } from './forms.ts';
import { headOf, plainOptions, plainRoot, plainTypeOf, roomFor } from './operands.ts';
import { SlotAllgatherArrays } from './slot-allgather.ts';
import { SlotBroadcast, SlotBroadcastArray } from './slot-broadcast.ts';
import { allgatherShort, alltoallShort, isShort, showShort, takeShort } from './short.ts';
import { runNow } from './slot-call.ts';
import { shownBytesMax } from './slot-shown.ts';
import type { SharedAllgather } from './movements.ts';
import { followNow } from './tiles.ts';

/** Blocking only: how much comes the others learn in the first step. */
export function broadcastDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const root = asked === null ? -1 : plainRoot(asked.root, team.size);
  if (asked === null || root < 0 || isAwaited) return notDirect;
  return team.rank === root ? spread(team, root, data, asked.into) : receive(team, root, asked.into);
}

function spread(team: Team, root: number, data: unknown, into: unknown): unknown {
  const type = plainTypeOf(data);
  const array = data as NumericArray;
  const room = type === undefined ? null : roomFor(into, type, array.length);
  if (type === undefined || room === null) return notDirect;
  team.operation = 'broadcast';
  const number = team.number();
  if (team.counting) runNow(team, new SlotBroadcastArray({ root, isRoot: true }, type, array, number));
  else showShort(team, { root, number }, type, array);
  if (array.length * type.bytes > shownBytesMax) spreadLong(team, root, bytesOf(array), number);
  const result = headOf(room, array.length);
  if (result !== array) copyElements(result, array);
  return result;
}

function receive(team: Team, root: number, into: unknown): unknown {
  const type = plainTypeOf(into);
  if (into !== undefined && type === undefined) return notDirect;
  team.operation = 'broadcast';
  const number = team.number();
  let shown: number | Head;
  if (type === undefined) shown = runNow(team, new SlotBroadcast(root, null, number));
  else if (!team.counting) shown = takeShort(team, { root, number }, type, into as NumericArray);
  else shown = runNow(team, new SlotBroadcastArray({ root, isRoot: false }, type, into as NumericArray, number));
  if (typeof shown === 'number') return headOf(into as NumericArray, shown);
  const room = attempt(team, shown, into);
  if (shown.inline === undefined) spreadLong(team, root, room.bytes, number);
  else room.bytes.set(shown.inline);
  return room.result();
}

function spreadLong(team: Team, root: number, vector: Uint8Array, number: number): void {
  const { rank, size } = team;
  const tiles = tilesOf(team, number, 'broadcast', { rank, size, tag: 0, root, vector });
  if (tiles !== null) followNow(...tiles);
}

/** Blocking only: how long the others' arrays are each learns in the first step. */
export function allgatherDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const type = plainTypeOf(data);
  if (asked === null || asked.counts !== undefined || type === undefined || isAwaited) return notDirect;
  const own = data as NumericArray;
  const { into } = asked;
  if (into !== undefined && plainTypeOf(into) !== type) return notDirect;
  const length = own.length * team.size;
  // Where it is too short, or long data lies in it, it is for the general way to say or to mend.
  const isLong = own.length * type.bytes > shownBytesMax;
  const room = isLong ? null : roomFor(into, type, length);
  if (isLong ? into !== undefined && overlap(own, into as NumericArray) : room === null) return notDirect;
  team.operation = 'allgather';
  const number = team.number();
  const target = room ?? type.none;
  const heads = team.counting
    ? runNow(team, new SlotAllgatherArrays(type, own, target, number))
    : allgatherShort(team, number, type, own, target);
  return heads === null ? headOf(target, length) : joinLong({ team, number }, heads, own, into);
}

function joinLong(
  { team, number }: { team: Team; number: number },
  heads: readonly Head[],
  own: NumericArray,
  into: unknown,
): unknown {
  const { rank, size } = team;
  const room = joinedRoom(team, heads, plainTypeOf(own) as ElementType, into);
  const all = room.bytes;
  fillInline(heads, all);
  const layout = longOnes(heads);
  if (totalOf(layout.counts) > 0) {
    const call: SharedAllgather = { rank, size, tag: 0, layout, all, own };
    const tiles = tilesOf(team, number, 'allgather', call);
    if (tiles !== null) followNow(...tiles);
  }
  return room.result();
}

export function alltoallDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const type = plainTypeOf(data);
  if (asked === null || type === undefined) return notDirect;
  if (asked.sendCounts !== undefined || asked.recvCounts !== undefined) return notDirect;
  const input = data as NumericArray;
  const { length } = input;
  if (length % team.size !== 0 || (isAwaited && !team.free)) return notDirect;
  const room = roomFor(asked.into, type, length);
  if (room === null) return notDirect;
  if (isShort(team, length * type.bytes, isAwaited)) {
    team.operation = 'alltoall';
    alltoallShort(team, type, input, room);
    return headOf(room, length);
  }
  if (asked.into !== undefined && overlap(input, room)) return notDirect;
  team.operation = 'alltoall';
  const call = { team, number: team.number() };
  const parts = { input, output: headOf(room, length), layout: uniform(team.size, length / team.size) };
  return callDirect(team, alltoallForm(call, parts, type.code), isAwaited);
}
