/**
 * The agent's part of links that the only rank of its sandbox uses itself (`runtime/transport/bare`): it offers them
 * when all stand, watches them while the rank's event loop waits, and goes on with them when the rank is over.
 */
import { writeSync } from 'node:fs';
import { bareEventsMax, futexSleepMsMax } from '../core/limits.ts';
import { alarmKey, type BareShare, BareWords, Holder, Watch } from '../transport/bare/bare-share.ts';
import { Epoll, eventBytes, loadSocketCalls, type SocketCalls } from '../transport/bare/socket-calls.ts';
import type { Mesh } from '../transport/mesh/mesh.ts';
import type { Segment } from '../transport/segment.ts';
import type { Bootstrap } from './bootstrap.ts';

/** What is written to an event. */
const one = new Uint8Array(new BigUint64Array([1n]).buffer);

export class BareWatch {
  readonly share: BareShare;
  readonly #calls: SocketCalls;
  readonly #words: BareWords;
  readonly #events = new Uint8Array(bareEventsMax * eventBytes);
  readonly #eventsAddress: number;
  /** Asked for only once it is there. */
  readonly #segment: () => Segment;
  #ended = false;

  /** Null where that is not to be had, or not of use. */
  static for(bootstrap: Bootstrap, segment: () => Segment, log: (line: string) => void): BareWatch | null {
    const { bareLinks, ranks, sandboxes, links } = bootstrap;
    if (bareLinks === undefined || bootstrap.segment !== undefined) return null;
    if (ranks.length > 1 || sandboxes.length < 2) return null;
    // A link that comes later would find frames on their way already.
    if (links !== 'atOnce') return null;
    try {
      return new BareWatch(bootstrap, bareLinks.koffi, segment);
    } catch (error) {
      log(`mesh: the agent moves all frames, because koffi does not load (${String(error)})`);
      return null;
    }
  }

  private constructor({ sandboxes, sandbox, epoch }: Bootstrap, koffi: string, segment: () => Segment) {
    this.#calls = loadSocketCalls(koffi);
    this.#segment = segment;
    this.#eventsAddress = this.#calls.address(this.#events);
    const [epoll, alarm] = [this.#calls.createEpoll(), this.#calls.createEvent()];
    if (epoll < 0 || alarm < 0) throw new Error('there are no descriptors left');
    this.#calls.control(epoll, Epoll.add, alarm, Epoll.readable, alarmKey);
    const words = new SharedArrayBuffer(BareWords.bytesFor(sandboxes.length));
    this.#words = new BareWords(words);
    this.share = { words, koffi, epoll, alarm, sandboxes, sandbox, epoch };
  }

  /** All links stand: from now on their sockets are the rank's, once it makes its first call. */
  offer(mesh: Mesh | null): void {
    for (const { index } of this.share.sandboxes) {
      const descriptor = mesh?.link(index)?.lend() ?? -1;
      if (descriptor >= 0) this.#words.setDescriptor(index, descriptor);
    }
    this.#words.holder = Holder.offered;
  }

  /** The rank is over. Of one that had no time to give its links back nobody knows in which frame it stopped. */
  takeBack(mesh: Mesh | null): void {
    if (this.#words.holder === Holder.rank) return;
    const nothing = new Uint8Array(0);
    for (const { index } of this.share.sandboxes) mesh?.link(index)?.takeBack(nothing, nothing);
  }

  /** Of the pump: starts to watch when the rank asks for it. */
  look(): void {
    if (this.#words.watch === Watch.wanted && !this.#ended) this.#wait();
  }

  /** Ends the watch; the process may end soon after. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    writeSync(this.share.alarm, one);
  }

  #wait(): void {
    this.#words.watch = Watch.running;
    this.#calls.waitAsync(this.share.epoll, this.#eventsAddress, bareEventsMax, futexSleepMsMax, (events) => {
      if (this.#ended || this.#words.holder === Holder.agent) return;
      if (events <= 0) {
        this.#wait();
        return;
      }
      // First this, then the look: a rank that is about to sleep says so before it looks whether it is watched.
      this.#words.watch = Watch.none;
      const segment = this.#segment();
      if (segment.host.bedsides.inEventLoop(segment.firstIndex)) segment.wake(0);
    });
  }
}
