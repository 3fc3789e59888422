/**
 * The links of a sandbox in the hands of its only rank: while the rank is in a call it reads and writes the sockets
 * itself, with no other thread between it and the kernel, and sleeps where any of them wakes it. In between the agent
 * watches them. When the rank ends, the agent goes on with them (`docs/decisions/0015`).
 */
import {
  bareEventsMax,
  bareLookingRanksPerCoreMax,
  bareReadsMax,
  bareSendBufferBytes,
  futexSleepMsMax,
} from '../../core/limits.ts';
import { type Header, Kind } from '../header.ts';
import { createHeader, encodeHeader } from '../header-codec.ts';
import type { OutgoingLane } from '../lane.ts';
import type { Segment } from '../segment.ts';
import type { CoreGiver } from '../waiting.ts';
import { BareLane, FrameDesk } from './bare-lane.ts';
import { BareReader, type FrameTaker } from './bare-reader.ts';
import { alarmKey, type BareShare, BareWords, Holder, Watch } from './bare-share.ts';
import { Epoll, eventBits, eventBytes, eventKey, loadSocketCalls, type SocketCalls } from './socket-calls.ts';

interface BareLink {
  readonly sandbox: number;
  readonly descriptor: number;
  readonly lane: BareLane;
  readonly reader: BareReader;
  /** It is watched for space too. */
  armed: boolean;
}

/** `tag` of a `handback` record: a link that stands, one that its peer has ended, and one whose peer broke a rule. */
export const Handback = { whole: 0, ended: 1, refused: 2 } as const;

export class BareLinks implements CoreGiver {
  readonly lookingRanksPerCoreMax = bareLookingRanksPerCoreMax;
  readonly #share: BareShare;
  readonly #words: BareWords;
  readonly #segment: Segment;
  readonly #endpoint: number;
  readonly #taker: Omit<FrameTaker, 'ping'>;
  readonly #calls: SocketCalls;
  readonly #desk: FrameDesk;
  readonly #events = new DataView(new ArrayBuffer(bareEventsMax * eventBytes));
  readonly #eventsAddress: number;
  readonly #alarm = new Uint8Array(8);
  readonly #alarmAddress: number;
  /** By sandbox. */
  readonly #links = new Map<number, BareLink>();
  /** The one link, where there is no other. */
  #only: BareLink | null = null;
  /** Events that a sleep has found and nobody has looked after. */
  #found = 0;
  #held = false;

  /** `endpoint`: this rank in the sandbox's segment. */
  constructor(share: BareShare, segment: Segment, endpoint: number, taker: Omit<FrameTaker, 'ping'>) {
    this.#share = share;
    this.#words = new BareWords(share.words);
    this.#segment = segment;
    this.#endpoint = endpoint;
    this.#taker = taker;
    this.#calls = loadSocketCalls(share.koffi);
    this.#desk = new FrameDesk(this.#calls);
    this.#eventsAddress = this.#calls.address(this.#events);
    this.#alarmAddress = this.#calls.address(this.#alarm);
  }

  /** True while the sockets are this rank's. */
  get held(): boolean {
    return this.#held || this.#take();
  }

  /** Where to put what goes to a rank of the world; null: it is not reached by a link of this rank's. */
  laneTo(rank: number): OutgoingLane | null {
    if (!this.held) return null;
    return this.#links.get(this.#sandboxOf(rank))?.lane ?? null;
  }

  /** Hands on what has come, of each link no more than its share. True when there was anything. Never blocks. */
  poll(): boolean {
    if (!this.held) return false;
    if (this.#only !== null) return this.#read(this.#only);
    if (this.#found === 0) this.#found = this.#calls.wait(this.#share.epoll, this.#eventsAddress, bareEventsMax, 0);
    let came = false;
    const { sandboxes } = this.#share;
    for (let index = 0; index < this.#found; index += 1) {
      const key = eventKey(this.#events, index);
      const link = key < sandboxes.length ? this.#links.get(key) : undefined;
      if (link !== undefined && eventBits(this.#events, index) !== Epoll.writable && this.#read(link)) came = true;
    }
    this.#found = 0;
    return came;
  }

  /** Takes in everything that a rank of the world has sent; nothing more comes from it. */
  drain(rank: number): void {
    const link = this.#held ? this.#links.get(this.#sandboxOf(rank)) : undefined;
    while (link !== undefined && this.#read(link));
  }

  yieldCore(): void {
    this.#calls.yieldCore();
  }

  /** Blocks until something comes, a full socket takes more, or the alarm is rung; at most so long. */
  sleep(milliseconds: number): void {
    this.#arm();
    const { epoll, alarm } = this.#share;
    const most = Math.ceil(Math.min(milliseconds, futexSleepMsMax));
    this.#found = Math.max(this.#calls.wait(epoll, this.#eventsAddress, bareEventsMax, most), 0);
    for (let index = 0; index < this.#found; index += 1) {
      if (eventKey(this.#events, index) === alarmKey) this.#calls.read(alarm, this.#alarmAddress, 8);
    }
  }

  /** Asks the agent to wake this rank's event loop when something comes. To be called before its last look. */
  watch(): void {
    if (!this.held) return;
    this.#arm();
    // An alarm that nobody has heard would have the agent wake this rank again and again.
    this.#calls.read(this.#share.alarm, this.#alarmAddress, 8);
    if (this.#words.watch !== Watch.none) return;
    this.#words.watch = Watch.wanted;
    this.#segment.wake(this.#segment.agent);
  }

  /** Gives the sockets to the agent for good, with what was read or was to be written and is left. */
  handBack(): void {
    if (!this.held) return;
    for (const link of this.#links.values()) {
      const { kept } = link.lane;
      const { unread } = link.reader;
      if (!link.reader.hasEnded()) this.#report(link, Handback.whole, [kept, unread], 0);
    }
    this.#links.clear();
    this.#only = null;
    this.#held = false;
    this.#words.holder = Holder.agent;
  }

  #take(): boolean {
    if (!this.#words.take()) return false;
    const { sandboxes, sandbox, epoch, epoll } = this.#share;
    const own = sandboxes[sandbox];
    for (const peer of sandboxes) {
      const descriptor = this.#words.descriptor(peer.index);
      if (descriptor < 0 || own === undefined) continue;
      this.#calls.enlargeSendBuffer(descriptor, bareSendBufferBytes);
      const dialled = sandbox > peer.index;
      const reader: BareReader = new BareReader(
        this.#desk,
        descriptor,
        !dialled,
        { epoch, own, peer },
        {
          ...this.#taker,
          ping: (payload) => {
            lane.pong(payload);
          },
        },
      );
      const lane = new BareLane(this.#desk, descriptor, dialled, (header) => {
        reader.sent(header);
      });
      this.#links.set(peer.index, { sandbox: peer.index, descriptor, lane, reader, armed: false });
      this.#calls.control(epoll, Epoll.add, descriptor, Epoll.readable, peer.index);
    }
    const [first, second] = this.#links.values();
    this.#only = second === undefined ? (first ?? null) : null;
    this.#held = true;
    return true;
  }

  #read(link: BareLink): boolean {
    const { reader } = link;
    if (reader.hasEnded()) return false;
    const came = reader.read(bareReadsMax);
    if (reader.hasEnded()) this.#lose(link);
    return came;
  }

  /** The link is over: nothing is sent or read any more, and the agent hears why. */
  #lose(link: BareLink): void {
    this.#calls.control(this.#share.epoll, Epoll.remove, link.descriptor, 0, 0);
    link.lane.lose();
    const { over } = link.reader;
    if (over === null) return;
    const words = new TextEncoder().encode(over.words);
    this.#report(link, over.isRefused ? Handback.refused : Handback.ended, [words, new Uint8Array(0)], over.code);
  }

  /** Into the ring to the agent, behind everything else. */
  #report({ sandbox }: BareLink, how: number, [first, second]: [Uint8Array, Uint8Array], code: number): void {
    const { agent } = this.#segment;
    const header: Header = {
      ...createHeader(Kind.handback),
      epoch: this.#share.epoch,
      source: this.#share.sandboxes[this.#share.sandbox]?.firstRank ?? 0,
      destination: this.#share.sandboxes[sandbox]?.firstRank ?? 0,
      tag: how,
      payloadBytes: first.byteLength + second.byteLength,
      bytes: first.byteLength,
      sequence: code,
    };
    const lane = this.#segment.queue(this.#endpoint, agent);
    const front = encodeHeader(header);
    this.#segment.sleepUntil(this.#endpoint, () => lane.writeOrAsk(front, first, second));
  }

  /** Has full sockets watched for space, and no others. */
  #arm(): void {
    for (const link of this.#links.values()) {
      const arm = link.lane.waitsForSpace;
      if (link.armed === arm || link.reader.hasEnded()) continue;
      link.armed = arm;
      const events = Epoll.readable | (arm ? Epoll.writable : 0);
      this.#calls.control(this.#share.epoll, Epoll.change, link.descriptor, events, link.sandbox);
    }
  }

  #sandboxOf(rank: number): number {
    const { sandboxes } = this.#share;
    // Ranks lie in order, mostly one to a sandbox.
    const likely = sandboxes[rank];
    if (likely?.firstRank === rank && likely.ranks === 1) return rank;
    return sandboxes.find(({ firstRank, ranks }) => rank >= firstRank && rank < firstRank + ranks)?.index ?? -1;
  }
}
