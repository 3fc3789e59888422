/** A message on the receiving side, from its envelope to its last byte. */
import type { Bytes } from './bytes.ts';
import type { Arrival } from './matching.ts';
import { type Header, Flag, Kind } from '../transport/header.ts';

/** `R`: the receives that take messages. */
export class Message<R> implements Arrival {
  readonly context: number;
  /** World rank. */
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
  readonly format: number;
  readonly sequence: number;
  /** True when its sender waits to hear that it was matched. */
  readonly synchronous: boolean;
  /** True when its bytes come only when they are asked for. */
  readonly announced: boolean;
  order = 0;
  previous: Arrival | null = null;
  next: Arrival | null = null;
  chain: Arrival['chain'] = null;
  /** All its bytes, in memory of its own, once they are here and nobody has received them. */
  payload: Bytes | null = null;
  /** Credit to give back when it is consumed. */
  cost = 0;
  /** The receive that takes it. */
  operation: R | null = null;
  /** Where the bytes of an announced message go. */
  buffer: Bytes | null = null;
  /** Where in the segment its bytes lie, with a sender that waits until they are read; 0: elsewhere. */
  readonly place: number;
  /** How many come unasked, how many come in all by now, and how many came. */
  readonly pushed: number;
  pulled: number;
  received = 0;
  /** True once nobody will receive it: its credit goes back when all is here that comes unasked. */
  dropped = false;
  /** True once the rest is asked for, as far as there is any. */
  asked = false;
  /** Why it will never come, after its sender withdrew it or was lost. */
  lost: 'withdrawn' | 'returned' | 'failed' | null = null;

  constructor(header: Header) {
    this.context = header.communicator;
    this.source = header.source;
    this.tag = header.tag;
    this.bytes = header.bytes;
    this.format = header.format;
    this.sequence = header.sequence;
    this.synchronous = (header.flags & Flag.synchronous) !== 0;
    this.announced = header.kind === Kind.announce;
    const isShown = (header.flags & Flag.shown) !== 0;
    this.place = isShown ? header.offset : 0;
    this.pushed = this.announced && !isShown ? header.offset : 0;
    this.pulled = this.pushed;
  }

  /** Where its next bytes go; of what comes unasked, and nobody wants yet, to memory of its own. */
  open(): Bytes | null {
    if (this.buffer === null && this.pushed > 0) this.buffer = new Uint8Array(this.pushed);
    return this.buffer;
  }
}
