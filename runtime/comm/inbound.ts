/** Everything that comes to a rank: the lane from its agent, and those from the ranks that have spoken to it. */
import { pollRecordsMax } from '../core/limits.ts';
import type { Header } from '../transport/header.ts';
import { createHeader } from '../transport/header-codec.ts';
import type { BareLinks } from '../transport/bare/bare-links.ts';
import type { HostSegment } from '../transport/host-segment.ts';
import type { Lane, Payload } from '../transport/lane.ts';
import type { PairLane } from '../transport/pair-lane.ts';
import type { Segment } from '../transport/segment.ts';
import type { Outstanding } from './operation.ts';

/**
 * Takes a record: its header, and its lane, where its payload lies at `at` until this returns; -1: the payload is where
 * it is wanted already.
 */
export type Handle = (header: Header, lane: Payload, at: number) => void;

export interface InboundPlace {
  readonly segment: Segment;
  readonly host: HostSegment;
  /** This rank in its sandbox's segment, and in the segment of the host, and the world rank of that one's first. */
  readonly endpoint: number;
  readonly index: number;
  readonly firstRank: number;
  /** The links of the sandbox, where this rank uses them itself; they call `handle` on their own. */
  readonly links: BareLinks | null;
}

export class Inbound {
  readonly #segment: Segment;
  readonly #host: HostSegment;
  readonly #endpoint: number;
  readonly #index: number;
  readonly #firstRank: number;
  readonly #handle: Handle;
  readonly #agentLane: Lane;
  readonly #links: BareLinks | null;
  readonly #lanes: PairLane[] = [];
  /** The same by index. */
  readonly #laneOf: (PairLane | null)[];
  #lanesSeen = 0;
  #worked = false;
  /** What the poll under way is for, until it is done. */
  #wanted: Outstanding | null = null;
  /** The header of the record that is being read. */
  readonly #header: Header = createHeader();
  readonly #visitAgent = (): void => {
    if (this.#drain(this.#agentLane, pollRecordsMax)) this.#agentLane.markReady();
  };

  constructor({ segment, host, endpoint, index, firstRank, links }: InboundPlace, handle: Handle) {
    this.#links = links;
    this.#segment = segment;
    this.#host = host;
    this.#endpoint = endpoint;
    this.#index = index;
    this.#firstRank = firstRank;
    this.#handle = handle;
    this.#laneOf = new Array<PairLane | null>(host.ranks).fill(null);
    this.#agentLane = segment.queue(segment.agent, endpoint);
  }

  /** True when something may have come. Cheap; what sockets hold is not known before they are read. */
  get ready(): boolean {
    if (this.#links?.held === true) return true;
    if (this.#segment.anyQueueReady(this.#endpoint)) return true;
    if (this.#host.lanesTo(this.#index) !== this.#lanesSeen) return true;
    for (const lane of this.#lanes) if (lane.ready) return true;
    return false;
  }

  /**
   * Hands on what has come, of each lane no more than its share. True when there was anything. The lane that has made
   * `wanted` done is left as it is from there on: receives that follow take what they want from the lane to their
   * arrays, where from here it would go through memory of its own.
   */
  poll(sockets: boolean, wanted: Outstanding | null): boolean {
    this.#worked = false;
    this.#wanted = wanted?.done === true ? null : wanted;
    if (this.#segment.anyQueueReady(this.#endpoint)) this.#segment.readyQueues(this.#endpoint, this.#visitAgent);
    if (this.#host.lanesTo(this.#index) !== this.#lanesSeen) this.#findLanes();
    for (const lane of this.#lanes) if (lane.ready) this.#drain(lane, pollRecordsMax);
    if (sockets && this.#links?.poll() === true) this.#worked = true;
    this.#wanted = null;
    return this.#worked;
  }

  /** The lane from a world rank; null when it is reached through the agent, or has not been heard of. */
  laneOf(world: number): PairLane | null {
    return this.#laneOf[world - this.#firstRank] ?? null;
  }

  /** Empties the agent's lane. */
  drainAgent(): void {
    while (this.#drain(this.#agentLane, pollRecordsMax));
  }

  /** Takes in all that a rank has sent which is gone: from its lane, or from the link to its sandbox. */
  readonly drainFrom = (rank: number): void => {
    const index = rank - this.#firstRank;
    if (index < 0 || index >= this.#host.ranks) this.#links?.drain(rank);
    else {
      const lane = this.#host.laneFrom(index, this.#index);
      if (lane !== null) while (this.#drain(lane, pollRecordsMax));
    }
  };

  #findLanes(): void {
    this.#lanesSeen = this.#host.lanesTo(this.#index);
    for (let from = 0; from < this.#host.ranks; from += 1) {
      const lane = this.#host.laneFrom(from, this.#index);
      if (lane === null || this.#laneOf[from] !== null) continue;
      this.#laneOf[from] = lane;
      this.#lanes.push(lane);
    }
  }

  /** Handles up to `recordsMax` records of a lane. True when there may be more. */
  #drain(lane: Lane | PairLane, recordsMax: number): boolean {
    const header = this.#header;
    for (let records = 0; records < recordsMax; records += 1) {
      const at = lane.next(header);
      if (at < 0) return false;
      this.#worked = true;
      if (lane !== this.#agentLane) header.source = this.#firstRank + (lane as PairLane).from;
      try {
        this.#handle(header, lane, at);
      } finally {
        lane.consume();
      }
      if (this.#wanted?.done === true) {
        this.#wanted = null;
        return true;
      }
    }
    return true;
  }
}
