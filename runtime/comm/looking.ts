/**
 * How long an awaited call looks for its end before it leaves that to the event loop. A wake-up by way of the event
 * loop costs tens of microseconds, a look under one; but timers and sockets wait meanwhile. So a look is short, and the
 * less it is worth, the shorter: what it finds doubles it, what it misses halves it.
 */
import { lookAtProgressMsMax, lookMsMax, lookMsMin } from '../core/limits.ts';
import { looksPerClock, type Waiting } from '../transport/waiting.ts';
import { Condition } from './condition.ts';
import type { Conditions } from './conditions.ts';
import { isDone, type Outstanding } from './operation.ts';

/** The engine, as far as a look needs it. */
export interface Looked {
  readonly conditions: Conditions;
  poll(wanted: Outstanding): boolean;
}

export class Looking {
  #ms = lookMsMax;

  /**
   * Looks for the end of `operation`, for a moment. A condition comes first, and cheaply; what else may have come is
   * looked after now and then.
   */
  look(operation: Outstanding, waiting: Waiting, engine: Looked): void {
    const milliseconds = operation.done || !waiting.canLook ? 0 : this.#ms;
    if (milliseconds === 0) return;
    const condition = operation instanceof Condition ? operation : null;
    const looksPerPoll = condition === null ? 1 : looksPerClock / 2;
    const start = performance.now();
    let until = start + milliseconds;
    let progress = 0;
    do {
      for (let look = 0; look < looksPerClock; look += 1) {
        if (condition?.ready() === true) {
          condition.complete();
          engine.conditions.drop(condition);
        } else if (look % looksPerPoll === 0) {
          engine.poll(operation);
        }
        if (isDone(operation)) {
          this.#ms = Math.min(this.#ms * 2, lookMsMax);
          return;
        }
        waiting.giveWay(look);
      }
      // A long call that comes on is looked at further.
      if (condition !== null && condition.progress !== progress) {
        progress = condition.progress;
        until = Math.min(performance.now() + milliseconds, start + lookAtProgressMsMax);
      }
    } while (performance.now() < until);
    this.#ms = Math.max(this.#ms / 2, lookMsMin);
  }
}
