/** A message on the receiving side, from its envelope to its last byte. */
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
  payload: Uint8Array | null = null;
  /** Eager credit to give back when it is consumed. */
  cost = 0;
  /** The receive that takes it. */
  operation: R | null = null;
  /** Where the bytes of an announced message go, how many were asked for and how many came. */
  buffer: Uint8Array | null = null;
  pulled = 0;
  received = 0;
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
  }
}
