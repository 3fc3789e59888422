/**
 * How long an awaited call looks for its end before it leaves that to the event loop. A wake-up by way of the event
 * loop costs tens of microseconds, a look under one; but timers and sockets wait meanwhile. So a look is short, and the
 * less it is worth, the shorter and the rarer: what it finds doubles it, what it misses halves it.
 */
import { lookMsMax, lookMsMin, looksSkippedMax } from '../core/limits.ts';
import { looksPerClock, type Waiting } from '../transport/waiting.ts';
import { Condition } from './condition.ts';
import type { Conditions } from './conditions.ts';
import { isDone, type Outstanding } from './operation.ts';

/** The engine, as far as a look needs it. */
export interface Looked {
  readonly conditions: Conditions;
  poll(): boolean;
}

export class Looking {
  #ms = lookMsMax;
  #skipped = 0;

  /**
   * Looks for the end of `operation`, for a moment. A condition comes first, and cheaply; what else may have come is
   * looked after now and then.
   */
  look(operation: Outstanding, waiting: Waiting, engine: Looked): void {
    const milliseconds = operation.done || !waiting.canLook ? 0 : this.#milliseconds;
    if (milliseconds === 0) return;
    const condition = operation instanceof Condition ? operation : null;
    const looksPerPoll = condition === null || waiting.crowded ? 1 : looksPerClock / 2;
    const until = performance.now() + milliseconds;
    do {
      for (let look = 0; look < looksPerClock; look += 1) {
        if (condition?.ready() === true) {
          condition.complete();
          engine.conditions.drop(condition);
        } else if (look % looksPerPoll === 0) {
          engine.poll();
        }
        if (isDone(operation)) {
          this.#ms = Math.min(this.#ms * 2, lookMsMax);
          return;
        }
        waiting.giveWay(look);
      }
    } while (performance.now() < until);
    this.#ms = Math.max(this.#ms / 2, lookMsMin);
  }

  /** How long to look now; 0: not this time. */
  get #milliseconds(): number {
    if (this.#ms > lookMsMin || this.#skipped >= looksSkippedMax) {
      this.#skipped = 0;
      return this.#ms;
    }
    this.#skipped += 1;
    return 0;
  }
}
