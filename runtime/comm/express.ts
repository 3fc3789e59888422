/**
 * The short way of short messages between ranks of one segment: an array goes from the call into the lane, and from the
 * lane into the array that waits for it, with no operation, promise or header in between. It takes what is plain, in
 * the order that matching asks for; anything else it leaves alone, and the call goes the general way, which also says
 * what is wrong with it.
 */
import type { Message, NumericArray } from '../core/api.ts';
import { callsPerPoll, eagerBytesMax, stagedEagerBytesMax, tagMax } from '../core/limits.ts';
import { headerBytes } from '../transport/header.ts';
import type { PairLane } from '../transport/pair-lane.ts';
import { type Parcel, Taken } from '../transport/parcel.ts';
import type { Segment } from '../transport/segment.ts';
import type { Waiting } from '../transport/waiting.ts';
import type { Conditions } from './conditions.ts';
import { ANY_TAG } from './constants.ts';
import { elementShifts, formatOf } from './element-type.ts';
import type { Failures } from './failures.ts';
import type { Group } from './group.ts';
import type { Inbound } from './inbound.ts';
import type { Receiver } from './receiver.ts';
import type { Wire } from './wire.ts';

/** Looks between two looks at everything else that may have come, with a core for each rank. */
const looksPerGlance = 64;

/** What the engine lends it. */
export interface ExpressParts {
  readonly segment: Segment;
  readonly wire: Wire;
  readonly inbound: Inbound;
  readonly conditions: Conditions;
  readonly receiver: Receiver;
  readonly failures: Failures;
  readonly waiting: Waiting;
}

/** Options as users pass them: of any shape. */
interface Given {
  readonly dest?: unknown;
  readonly source?: unknown;
  readonly tag?: unknown;
  readonly into?: unknown;
  readonly synchronous?: unknown;
  readonly signal?: unknown;
  readonly timeoutMs?: unknown;
}

export class Express {
  readonly #parts: ExpressParts;
  readonly #group: Group;
  readonly #last: number;
  /** What is being sent, and what is being received. */
  readonly #sent: Parcel;
  readonly #taken: Parcel;
  /** Calls of `recv` since the last one that was left to the general way. */
  #takes = 0;

  constructor(parts: ExpressParts, group: Group) {
    this.#parts = parts;
    this.#group = group;
    this.#last = group.size - 1;
    this.#sent = { communicator: group.context, tag: 0, format: 0, array: nothing, length: 0 };
    this.#taken = { ...this.#sent };
  }

  /** True when `data` is on its way, and may be changed again. */
  send(data: unknown, options: unknown): boolean {
    if (typeof options !== 'object' || options === null) return false;
    const { dest, tag = 0, synchronous, signal, timeoutMs } = options as Given;
    if (synchronous !== undefined || signal !== undefined || timeoutMs !== undefined) return false;
    if (!isIndex(dest, this.#last) || !isIndex(tag, tagMax)) return false;
    const format = formatOf(data);
    if (format === 0) return false;
    // Not `byteLength`, which V8 calls where it knows `length`.
    const { length } = data as NumericArray;
    const { segment, wire } = this.#parts;
    const peer = wire.peer(this.#group.worldOf(dest));
    const bytes = length << (elementShifts[format] ?? 0);
    const cost = headerBytes + bytes;
    if (length > stagedEagerBytesMax || cost > peer.credit) return false;
    const { lane } = peer;
    if (lane === null || (bytes > eagerBytesMax && !(bytes <= stagedEagerBytesMax && lane.stages))) return false;
    if (peer.gone !== null || segment.aborted || peer.outbox?.empty !== true) return false;
    if (this.#group.closed !== null) return false;
    const parcel = this.#sent;
    parcel.tag = tag;
    parcel.format = format;
    parcel.array = data as NumericArray;
    parcel.length = length;
    const isPosted = lane.tryPostArray(parcel);
    parcel.array = nothing;
    if (isPosted) peer.credit -= cost;
    return isPosted;
  }

  /** The message, if it is the next one of its lane; with `patient`, after some looking. */
  recv(options: unknown, patient: boolean): Message<NumericArray> | null {
    if (typeof options !== 'object' || options === null) return null;
    const { source, tag = ANY_TAG, into, signal, timeoutMs } = options as Given;
    if (signal !== undefined || timeoutMs !== undefined) return null;
    if (!isIndex(source, this.#last) || !(tag === ANY_TAG || isIndex(tag, tagMax))) return null;
    const format = formatOf(into);
    if (format === 0) return null;
    const array = into as NumericArray;
    const parcel = this.#taken;
    parcel.tag = tag;
    parcel.format = format;
    parcel.array = array;
    const room = array.length;
    parcel.length = room;
    const taken = this.#take(this.#group.worldOf(source), parcel, patient);
    parcel.array = nothing;
    if (!taken) return null;
    const { length } = parcel;
    const data = length === room ? array : array.subarray(0, length);
    return { source, tag: parcel.tag, bytes: length << (elementShifts[format] ?? 0), data };
  }

  /** True when the engine has something to look after, or to look out for. */
  get #occupied(): boolean {
    const { segment, wire, inbound, conditions } = this.#parts;
    return inbound.ready || segment.aborted || !wire.idle || !conditions.empty;
  }

  #take(world: number, parcel: Parcel, patient: boolean): boolean {
    const { segment, wire, inbound, receiver, failures } = this.#parts;
    // The general way moves the other calls of a rank that always finds its message here.
    this.#takes = (this.#takes + 1) % callsPerPoll;
    if (this.#takes === 0) return false;
    const lane = inbound.laneOf(world);
    if (lane === null || this.#group.closed !== null || failures.any || segment.aborted) return false;
    if (!receiver.matching.vacant(parcel.communicator, world)) return false;
    let taken = lane.takeArray(parcel);
    if (taken === Taken.nothing && patient) taken = this.#await(lane, parcel);
    if (taken !== Taken.all) return false;
    receiver.consumed(wire.peer(world), headerBytes + (parcel.length << (elementShifts[parcel.format] ?? 0)));
    return true;
  }

  #await(lane: PairLane, parcel: Parcel): Taken {
    const { waiting } = this.#parts;
    waiting.start();
    const glance = waiting.crowded ? 1 : looksPerGlance;
    for (let look = 1; ; look += 1) {
      if (look % glance === 0 && this.#occupied) return Taken.other;
      if (!waiting.goOn()) return Taken.other;
      const taken = lane.takeArray(parcel);
      if (taken !== Taken.nothing) return taken;
    }
  }
}

/** In a parcel while there is no message. */
const nothing = new Uint8Array(0);

/** True for integers from 0 to `max`. */
function isIndex(value: unknown, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max && (value | 0) === value;
}
