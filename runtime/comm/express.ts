/**
 * The short way of short messages between ranks of one segment: an array goes from the call into the lane, and from the
 * lane into the array that waits for it, with no operation, promise or header in between. It takes what is plain, in
 * the order that matching asks for; anything else it leaves alone, and the call goes the general way, which also says
 * what is wrong with it.
 */
import type { Message, NumericArray } from '../core/api.ts';
import { eagerBytesMax, tagMax } from '../core/limits.ts';
import { headerBytes } from '../transport/header.ts';
import { Taken } from '../transport/pair-lane.ts';
import type { Segment } from '../transport/segment.ts';
import type { Waiting } from '../transport/waiting.ts';
import type { Conditions } from './conditions.ts';
import { ANY_TAG } from './constants.ts';
import { formatOf } from './element-type.ts';
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
  /** Of what was taken last. */
  #tag = 0;

  constructor(parts: ExpressParts, group: Group) {
    this.#parts = parts;
    this.#group = group;
  }

  /** True when `data` is on its way, and may be changed again. */
  send(data: unknown, options: unknown): boolean {
    if (typeof options !== 'object' || options === null) return false;
    const { dest, tag = 0, synchronous, signal, timeoutMs } = options as Given;
    if (synchronous !== undefined || signal !== undefined || timeoutMs !== undefined) return false;
    if (!isIndex(dest, this.#group.size - 1) || !isIndex(tag, tagMax)) return false;
    const format = formatOf(data);
    if (format === 0) return false;
    const array = data as NumericArray;
    const { segment, wire } = this.#parts;
    const peer = wire.peer(this.#group.worldOf(dest));
    const bytes = array.byteLength;
    const cost = headerBytes + bytes;
    if (bytes > eagerBytesMax || cost > peer.credit || peer.gone !== null || segment.aborted) return false;
    const { lane } = peer;
    if (lane === null || peer.outbox?.idle !== true) return false;
    if (!lane.tryPostArray(this.#group.context, tag, format, array)) return false;
    peer.credit -= cost;
    return true;
  }

  /** The message, if it is the next one of its lane; with `patient`, after some looking. */
  recv(options: unknown, patient: boolean): Message<NumericArray> | null {
    if (typeof options !== 'object' || options === null) return null;
    const { source, tag = ANY_TAG, into, signal, timeoutMs } = options as Given;
    if (signal !== undefined || timeoutMs !== undefined) return null;
    if (!isIndex(source, this.#group.size - 1) || !(tag === ANY_TAG || isIndex(tag, tagMax))) return null;
    const format = formatOf(into);
    if (format === 0) return null;
    const array = into as NumericArray;
    const world = this.#group.worldOf(source);
    const bytes = this.#take(world, tag, format, array, patient);
    if (bytes < 0) return null;
    const whole = bytes === array.byteLength;
    const data = whole ? array : array.subarray(0, bytes / array.BYTES_PER_ELEMENT);
    return { source, tag: this.#tag, bytes, data };
  }

  /** True when the engine has something to look after, or to look out for. */
  get #occupied(): boolean {
    const { segment, wire, inbound, conditions } = this.#parts;
    return inbound.ready || segment.aborted || !wire.idle || !conditions.empty;
  }

  #take(world: number, tag: number, format: number, into: NumericArray, patient: boolean): number {
    const { segment, wire, inbound, receiver, failures, waiting } = this.#parts;
    const { context } = this.#group;
    const lane = inbound.laneOf(world);
    if (lane === null || failures.any || segment.aborted || !receiver.matching.vacant(context, world)) {
      return Taken.other;
    }
    let bytes = lane.takeArray(context, tag, format, into);
    if (bytes === Taken.nothing && patient) {
      waiting.start();
      const glance = waiting.crowded ? 1 : looksPerGlance;
      for (let look = 1; bytes === Taken.nothing; look += 1) {
        if (look % glance === 0 && this.#occupied) return Taken.other;
        if (!waiting.goOn()) return Taken.other;
        bytes = lane.takeArray(context, tag, format, into);
      }
    }
    if (bytes >= 0) receiver.consumed(wire.peer(world), headerBytes + bytes);
    this.#tag = lane.tagTaken;
    return bytes;
  }
}

/** True for integers from 0 to `max`. */
function isIndex(value: unknown, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max && (value | 0) === value;
}
