/** Where a rank's thread sleeps: on its word, or, when it uses the links of its sandbox itself, in its sockets. */
import type { BareLinks } from '../transport/bare/bare-links.ts';
import { Sleeper } from '../transport/bedsides.ts';
import type { HostSegment } from '../transport/host-segment.ts';

export class Bed {
  readonly #host: HostSegment;
  readonly #index: number;
  readonly #links: BareLinks | null;

  constructor(host: HostSegment, index: number, links: BareLinks | null) {
    this.#host = host;
    this.#index = index;
    this.#links = links;
  }

  /**
   * Blocks until the rank is woken; may return early. `restMs` is asked once the sleep is announced: whoever has
   * something for this rank from then on wakes it. It looks once more and says how long to sleep; 0: not at all. Where
   * the sleep is `inSockets`, what they hold ends it at once: they need no look.
   */
  sleep(restMs: (inSockets: boolean) => number): void {
    const { bedsides } = this.#host;
    const links = this.#links?.held === true ? this.#links : null;
    const how = links === null ? Sleeper.thread : Sleeper.sockets;
    const seen = bedsides.announceSleep(this.#index, how);
    const milliseconds = restMs(links !== null);
    if (milliseconds > 0 && links === null) bedsides.sleep(this.#index, seen, milliseconds);
    else {
      if (milliseconds > 0) links?.sleep(milliseconds);
      bedsides.cancelSleep(this.#index, how);
    }
  }

  /** For good: what it leaves in its sockets is for the agent to go on with. */
  leave(): void {
    this.#links?.handBack();
  }
}
