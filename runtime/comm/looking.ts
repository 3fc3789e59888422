/**
 * How long an awaited call looks for its end before it leaves that to the event loop. A wake-up by way of the event
 * loop costs tens of microseconds, a look under one; but timers and sockets wait meanwhile. So a look is short, and the
 * less it is worth, the shorter and the rarer: what it finds doubles it, what it misses halves it.
 */
import { lookMsMax, lookMsMin, looksSkippedMax } from '../core/limits.ts';

export class Looking {
  #ms = lookMsMax;
  #skipped = 0;

  /** Milliseconds to look now; 0: not this time. */
  get milliseconds(): number {
    if (this.#ms > lookMsMin || this.#skipped >= looksSkippedMax) {
      this.#skipped = 0;
      return this.#ms;
    }
    this.#skipped += 1;
    return 0;
  }

  found(): void {
    this.#ms = Math.min(this.#ms * 2, lookMsMax);
  }

  missed(): void {
    this.#ms = Math.max(this.#ms / 2, lookMsMin);
  }
}
