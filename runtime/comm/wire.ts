/** From ranks to lanes: who is reached how, how much credit there is with whom, and what still waits to leave. */
import { eagerCreditBytes, pullWindowBytes } from '../core/limits.ts';
import { type Header, Kind } from '../transport/header.ts';
import { createHeader } from '../transport/header-codec.ts';
import { TsmpiError } from '../core/errors.ts';
import type { BareLinks } from '../transport/bare/bare-links.ts';
import type { Heap } from '../transport/heap.ts';
import type { PairLane } from '../transport/pair-lane.ts';
import type { Segment } from '../transport/segment.ts';
import type { Bytes } from './bytes.ts';
import type { Incoming, SendOperation } from './operation.ts';
import { Outbox } from './outbox.ts';
import type { RankContext } from './rank-context.ts';
import { Staging } from './staging.ts';

/** What this rank knows of another (or of itself). */
export class Peer {
  /** World rank. */
  readonly rank: number;
  /** Its index in the host's segment, or -1: it is reached through the agents. */
  readonly index: number;
  /** What waits to leave for it; none before the first record does. */
  outbox: Outbox | null = null;
  /** Its lane, when it has one of its own that was used already. */
  lane: PairLane | null = null;
  /** Eager bytes (headers counted) that this rank may still send it unasked. */
  credit = eagerCreditBytes;
  /** Its eager bytes that were consumed here and not yet given back. */
  owed = 0;
  /** Its announced messages that have not all arrived, by sequence. */
  readonly incoming = new Map<number, Incoming>();
  /** Those of them that are to be pulled, in order, and how many bytes more may be asked for now. */
  readonly pulls: Incoming[] = [];
  pullRoom = pullWindowBytes;
  gone: 'returned' | 'failed' | null = null;

  constructor(rank: number, index: number) {
    this.rank = rank;
    this.index = index;
  }
}

export class Wire {
  /** The header that the next `send` writes: fill it, then send. Epoch and source stay. */
  readonly header: Header = createHeader();
  readonly #context: RankContext;
  readonly #segment: Segment;
  readonly #written: (operation: SendOperation) => void;
  /** Of the own world, by world rank; and of others, by number. */
  readonly #peers: (Peer | undefined)[];
  readonly #strangers = new Map<number, Peer>();
  readonly #heap: Heap;
  readonly staging: Staging;
  /** The links of the sandbox, where this rank uses them itself. */
  readonly #links: BareLinks | null;
  /** To the agent, for every rank that is neither in the segment nor behind such a link. */
  #agentOutbox: Outbox | null = null;
  /** Outboxes with something in them. */
  readonly #waiting = new Set<Outbox>();

  constructor(
    context: RankContext,
    { segment, heap, links }: { segment: Segment; heap: Heap; links: BareLinks | null },
    written: (operation: SendOperation) => void,
  ) {
    this.#links = links;
    this.#context = context;
    this.#segment = segment;
    this.#heap = heap;
    this.staging = new Staging(segment.host, heap);
    this.#written = written;
    this.#peers = new Array<Peer | undefined>(context.size);
    this.header.epoch = context.epoch;
    this.header.source = context.rank;
  }

  /** What is known of the rank with this number. */
  peer(rank: number): Peer {
    return this.#peers[rank - this.#context.worldFirst] ?? this.#meet(rank);
  }

  /** Peers that were spoken to or heard of. */
  *known(): Generator<Peer> {
    for (const peer of this.#peers) if (peer !== undefined) yield peer;
    yield* this.#strangers.values();
  }

  /** A rank that is met for the first time, or is not of the world. */
  #meet(rank: number): Peer {
    const known = this.#strangers.get(rank);
    if (known !== undefined) return known;
    const { worldFirst, size } = this.#context;
    const peer = new Peer(rank, indexOf(this.#context, rank));
    if (rank >= worldFirst && rank < worldFirst + size) this.#peers[rank - worldFirst] = peer;
    else this.#strangers.set(rank, peer);
    return peer;
  }

  /**
   * Sends `header` with `payload` to `peer`. False: it waits for space, and `operation` hears when it is in the ring.
   * Nothing is written to a rank that is gone: nobody would read it.
   */
  send(peer: Peer, payload: Uint8Array | null, operation: SendOperation | null): boolean {
    if (peer.gone !== null) return true;
    this.header.destination = peer.rank;
    this.header.payloadBytes = payload === null ? 0 : payload.byteLength;
    const outbox = (peer.outbox ??= this.#outbox(peer));
    if (outbox.post(this.header, payload, operation)) return true;
    this.#waiting.add(outbox);
    return false;
  }

  /** Where in the segment `data` lies, when `peer` has a lane of its own and so can read it there; else 0. */
  placeOf(data: Bytes, peer: Peer): number {
    return peer.lane === null ? 0 : Math.max(0, this.#segment.host.offsetOf(data));
  }

  /** Where in the segment `data` was copied to, for such a peer to read it there; else 0. */
  stage(data: Bytes, sequence: number, peer: Peer): number {
    return peer.lane === null ? 0 : this.staging.stage(data, sequence, peer.rank);
  }

  /** Copies what a message of a rank of this segment holds from its place there, if it is wanted, and says so. */
  read(target: Uint8Array | null, { place, bytes, sequence }: Incoming, peer: Peer): void {
    if (target !== null) this.#segment.host.copyOut(target, place, bytes);
    this.control(peer, Kind.matched, sequence, 0, 0);
  }

  /** Sends `header` with `payload` to the agent of its destination, which takes it also when the rank has returned. */
  toAgent(header: Header, payload: Uint8Array | null): void {
    header.epoch = this.header.epoch;
    header.source = this.header.source;
    header.payloadBytes = payload === null ? 0 : payload.byteLength;
    const outbox = this.#toAgent();
    if (!outbox.post(header, payload, null)) this.#waiting.add(outbox);
  }

  /** What went over links of this rank's goes through the agent from now on. All of it must have left. */
  forgetLinks(): void {
    for (const peer of this.known()) if (peer.lane === null) peer.outbox = null;
  }

  /** Sends a record that is only a header. */
  control(peer: Peer, kind: Kind, sequence: number, bytes: number, offset: number): void {
    const { header } = this;
    header.kind = kind;
    header.flags = 0;
    header.format = 0;
    header.communicator = 0;
    header.tag = 0;
    header.sequence = sequence;
    header.bytes = bytes;
    header.offset = offset;
    this.send(peer, null, null);
  }

  /** Sends a record to this rank's agent, behind what it is to pass on. */
  tellAgent(kind: Kind, sequence: number, payload: Uint8Array): void {
    this.toAgent({ ...createHeader(kind), sequence }, payload);
  }

  /** Starts to serve what the receiver has asked for, or what goes unasked; `atOnce`: as far as it can. */
  transfer(peer: Peer, operation: SendOperation, atOnce = false): void {
    const outbox = (peer.outbox ??= this.#outbox(peer));
    outbox.transfer(operation);
    if (atOnce) outbox.flush(this.header);
    if (!outbox.idle) this.#waiting.add(outbox);
  }

  /** Tries to move everything that waits. True when something moved. */
  flush(): boolean {
    if (this.#waiting.size === 0) return false;
    let moved = false;
    for (const outbox of this.#waiting) {
      if (outbox.flush(this.header)) moved = true;
      if (outbox.idle) this.#waiting.delete(outbox);
    }
    return moved;
  }

  /** True when everything is in the rings. */
  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Chosen once, so that what is sent to a rank arrives in order. */
  #outbox(peer: Peer): Outbox {
    const lane = peer.index < 0 ? null : this.#lane(peer.rank, peer.index);
    if (lane !== null) {
      peer.lane = lane;
      return new Outbox(lane, this.#written);
    }
    const link = peer.index < 0 ? (this.#links?.laneTo(peer.rank) ?? null) : null;
    return link === null ? this.#toAgent() : new Outbox(link, this.#written);
  }

  #toAgent(): Outbox {
    const { agent } = this.#segment;
    this.#agentOutbox ??= new Outbox(this.#segment.queue(this.#context.localIndex, agent), this.#written);
    return this.#agentOutbox;
  }

  #lane(rank: number, index: number): PairLane | null {
    const { localIndex, localRanks } = this.#context;
    const own = indexOf(this.#context, this.#context.rank);
    const lane = this.#segment.host.openLane(own, index, this.#heap);
    const first = own - localIndex;
    if (lane !== null || index < first || index >= first + localRanks) return lane;
    throw new TsmpiError('ERR_UNSUPPORTED', `the segment has no room for a lane to rank ${String(rank)}`, {
      where: `rank ${String(this.#context.rank)}`,
      remedy: 'release arrays of comm.alloc that are no longer used, or give the job more shared memory',
    });
  }
}

/** Where a rank is in the host's segment; -1: it is not. */
export function indexOf({ host, hostFirstRank }: RankContext, rank: number): number {
  const index = rank - hostFirstRank;
  return index >= 0 && index < host.homes.length ? index : -1;
}
