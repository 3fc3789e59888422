import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { type Layout, tagsPerAlgorithm } from '../algorithm.ts';
import { alltoallBruck } from '../algorithms/alltoall-bruck.ts';
import { alltoallPairwise } from '../algorithms/alltoall-pairwise.ts';
import {
  checkIntoType,
  checkTotal,
  countsOf,
  evenCounts,
  failure,
  refuseInto,
  type Target,
  targetOf,
} from '../arguments.ts';
import { layoutOf } from '../assemble.ts';
import { choose } from '../choose.ts';
import { allocateLike, copyElements, type ElementType, elementTypeOf, overlap, plainView } from '../element-type.ts';
import { disagreementOf } from '../kinds.ts';
import { packed, totalOf, uniform } from '../layout.ts';
import { type Head, inlineBytesMax, readSlots, slotBytes, valueOf, writeHead } from '../packet.ts';
import { type Parcels, parcelsOf } from '../parcels.ts';
import { perform } from '../perform.ts';
import { run, runUneven } from '../run.ts';
import { alltoallDirect } from '../shared/direct-movements.ts';
import { callLater } from '../shared/form.ts';
import { alltoallForm } from '../shared/forms.ts';

/** Piece or entry d of rank s becomes piece or entry s of rank d (MPI-4.1, §6.8). */
export const alltoall: CollectiveDefinition = {
  name: 'alltoall',
  payload: true,
  direct: alltoallDirect,
  start(exchange, data, { into, sendCounts: sendOption, recvCounts: receiveOption }) {
    const sendCounts = countsOf(exchange, 'sendCounts', sendOption);
    const receiveCounts = countsOf(exchange, 'recvCounts', receiveOption);
    const type = elementTypeOf(data);
    if (type === undefined) {
      refuseInto(exchange, into);
      if (receiveCounts !== undefined) {
        throw failure(exchange, 'ERR_TYPE', 'recvCounts are given for values', 'leave out recvCounts');
      }
      return exchangeValues(
        exchange,
        parcelsOf(exchange, data, { counts: sendCounts, name: 'sendCounts', what: 'the data' }),
      );
    }
    checkIntoType(exchange, into, type);
    const input = plainView(data as NumericArray, type);
    if (sendCounts !== undefined) checkTotal(exchange, 'sendCounts', sendCounts, input.length);
    const outgoing = sendCounts ?? evenCounts(exchange, input.length, 'sendCounts');
    if (sendCounts === undefined && receiveCounts === undefined) {
      return exchangeEven(exchange, type, input, packed(outgoing), targetOf(exchange, into, type, input.length));
    }
    if (receiveCounts === undefined) return exchangeAsked(exchange, type, input, outgoing, into);
    const target = targetOf(exchange, into, type, totalOf(receiveCounts));
    return exchangeCounted(exchange, input, packed(outgoing), target, packed(receiveCounts));
  },
};

function* exchangeEven(
  exchange: Exchange,
  type: ElementType,
  data: NumericArray,
  layout: Layout,
  { view: output, result }: Target,
): Program<unknown> {
  const { rank, size, isMixed, team, number = 0 } = exchange;
  const input = apart(data, output);
  if (team !== undefined) {
    yield* callLater(team, alltoallForm({ team, number }, { input, output, layout }, type.code));
    return result;
  }
  const algorithm = choose('alltoall', { isMixed, size, bytes: data.byteLength, commutative: true, even: true });
  const call = { rank, size, tag: 0, input, inputLayout: layout, output, outputLayout: layout };
  yield* perform(exchange, algorithm.steps(call));
  return result;
}

/** Each rank tells each other how much it sends, then sends it. */
function* exchangeAsked(
  exchange: Exchange,
  type: ElementType,
  input: NumericArray,
  sendCounts: readonly number[],
  into: unknown,
): Program<unknown> {
  const { rank, size } = exchange;
  const one = uniform(size, 1);
  const counts = new Float64Array(size);
  const call = { rank, size, tag: tagsPerAlgorithm, inputLayout: one, output: counts, outputLayout: one };
  yield* run(exchange, alltoallBruck, { ...call, input: Float64Array.from(sendCounts) });
  const receiveCounts = Array.from(counts);
  const room = roomIn(exchange, into, type, totalOf(receiveCounts));
  yield* exchangeCounted(exchange, input, packed(sendCounts), room.target, packed(receiveCounts));
  if (room.error !== undefined) throw room.error;
  return room.target.result;
}

/** Room in `into`; where that is too short, room that nobody sees, so that no other rank waits for this one. */
function roomIn(
  exchange: Exchange,
  into: unknown,
  type: ElementType,
  length: number,
): { readonly target: Target; readonly error?: Error } {
  try {
    return { target: targetOf(exchange, into, type, length) };
  } catch (error) {
    return { target: targetOf(exchange, undefined, type, length), error: error as Error };
  }
}

function* exchangeCounted(
  exchange: Exchange,
  data: NumericArray,
  inputLayout: Layout,
  { view: output, result }: Target,
  outputLayout: Layout,
): Program<unknown> {
  const { rank, size } = exchange;
  checkOwnPiece(exchange, inputLayout, outputLayout);
  const input = apart(data, output);
  yield* runUneven(exchange, alltoallPairwise, { rank, size, tag: 0, input, inputLayout, output, outputLayout });
  return result;
}

function checkOwnPiece(exchange: Exchange, { counts: out }: Layout, { counts: back }: Layout): void {
  const { rank } = exchange;
  if (out[rank] === back[rank]) return;
  throw failure(
    exchange,
    'ERR_COUNT',
    `sendCounts[${rank}] is ${out[rank] ?? 0} and recvCounts[${rank}] ${back[rank] ?? 0}, for this rank's own piece`,
    'pass the same number in both',
  );
}

/** The input, out of the way of the output. */
function apart(data: NumericArray, output: NumericArray): NumericArray {
  if (!overlap(data, output)) return data;
  const copy = allocateLike(data, data.length);
  copyElements(copy, data);
  return copy;
}

function* exchangeValues(exchange: Exchange, parcels: Parcels): Program<unknown> {
  const { rank, size } = exchange;
  const outgoing = new Uint8Array(size * slotBytes);
  const incoming = new Uint8Array(size * slotBytes);
  for (const [peer, packet] of parcels.packets.entries()) {
    writeHead(outgoing.subarray(peer * slotBytes, (peer + 1) * slotBytes), packet);
  }
  const slots = uniform(size, slotBytes);
  const slotCall = { rank, size, inputLayout: slots, outputLayout: slots };
  yield* run(exchange, alltoallBruck, { ...slotCall, tag: 0, input: outgoing, output: incoming });

  const heads = readSlots(incoming);
  const all = new Uint8Array(totalOf(layoutOf(heads).counts));
  const call = { rank, size, tag: tagsPerAlgorithm, input: parcels.bytes, output: all };
  const inputLayout = longOnly(parcels.layout);
  const outputLayout = longOnly(layoutOf(heads));
  yield* runUneven(exchange, alltoallPairwise, { ...call, inputLayout, outputLayout });
  return listOf(exchange, heads, all);
}

/** The same places, but only what did not fit into a slot. */
function longOnly({ counts, offsets }: Layout): Layout {
  return { offsets, counts: counts.map((bytes) => (bytes <= inlineBytesMax ? 0 : bytes)), sparse: true };
}

function listOf(exchange: Exchange, heads: readonly Head[], all: Uint8Array): unknown[] {
  const error = disagreementOf(exchange, heads);
  if (error !== undefined) throw error;
  const { offsets } = layoutOf(heads);
  return heads.map(({ type, length, inline }, rank) => {
    const start = offsets[rank] ?? 0;
    return valueOf(type, inline ?? all.subarray(start, start + length));
  });
}
