/**
 * A rank's tie to its event loop: one persistent wait on its wake word, armed again after each wake, and one handle
 * that holds the loop while calls are outstanding. (A pending `Atomics.waitAsync` alone does not hold it.)
 */
import { Sleeper } from '../transport/bedsides.ts';
import type { BareLinks } from '../transport/bare/bare-links.ts';
import type { HostSegment } from '../transport/host-segment.ts';

/** Node's longest timer; it is never meant to fire. */
const longestMs = 2 ** 31 - 1;

export class EventLoop {
  readonly #host: HostSegment;
  readonly #index: number;
  readonly #poll: () => boolean;
  readonly #links: BareLinks | null;
  #armed = false;
  #isOver = false;
  #handle: NodeJS.Timeout | null = null;
  #outstanding = 0;

  /** `poll` looks after what has come, and is called when the endpoint was woken. True: something moved, come again. */
  constructor(host: HostSegment, index: number, links: BareLinks | null, poll: () => boolean) {
    this.#host = host;
    this.#links = links;
    this.#index = index;
    this.#poll = poll;
  }

  /** Calls whose promise has not settled. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** A call waits: the loop must not end before it. */
  hold(): void {
    this.#outstanding += 1;
    if (this.#outstanding > 1) return;
    this.#handle ??= setInterval(() => undefined, longestMs);
    this.#handle.ref();
  }

  /** It waits no more. */
  release(): void {
    this.#outstanding -= 1;
    if (this.#outstanding === 0) this.#handle?.unref();
  }

  /** From now on, whatever wakes this endpoint is looked after by the event loop. */
  arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#wait();
  }

  /** Nothing is looked after any more. */
  end(): void {
    this.#isOver = true;
    clearInterval(this.#handle ?? undefined);
  }

  #wait(): void {
    if (this.#isOver) return;
    // Announced before the poll: what comes after it wakes this thread.
    const seen = this.#host.bedsides.announceSleep(this.#index, Sleeper.eventLoop);
    const moved = this.#poll();
    if (!moved) this.#links?.watch();
    const sleep = moved ? null : this.#host.bedsides.sleepAsync(this.#index, seen);
    if (sleep === null) {
      // A poll takes no more than its share, so there may be more already. By way of the event loop, so that timers and
      // sockets get their turn while messages pour in.
      setImmediate(() => {
        this.#wait();
      });
    } else {
      void sleep.then(() => {
        this.#wait();
      });
    }
  }
}
