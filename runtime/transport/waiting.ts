/**
 * How a blocked rank waits for its wake word: it looks for a moment, then sleeps. Looking costs a core and saves the
 * price of a wake-up; sleeping is right when the rank that is waited for needs this core.
 */
import { availableParallelism } from 'node:os';
import { spinMicrosecondsMax, spinMicrosecondsMin } from '../core/limits.ts';
import type { Segment } from './segment.ts';

export class Waiting {
  readonly #segment: Segment;
  readonly #endpoint: number;
  readonly #microsecondsMax: number;
  /** Doubles when looking found something, halves when it did not. */
  #microseconds: number;

  /** `ranksOnHost` ranks share this machine's cores. */
  constructor(segment: Segment, endpoint: number, ranksOnHost: number) {
    this.#segment = segment;
    this.#endpoint = endpoint;
    this.#microsecondsMax = ranksOnHost <= availableParallelism() ? spinMicrosecondsMax : spinMicrosecondsMin;
    this.#microseconds = this.#microsecondsMax;
  }

  /**
   * Blocks until the endpoint's wake word differs from `seen` (read before the last poll) or `timeoutMs` have passed.
   * May return early; the caller polls and comes back.
   */
  wait(seen: number, timeoutMs: number): void {
    const segment = this.#segment;
    const until = performance.now() + this.#microseconds / 1000;
    do {
      for (let look = 0; look < 32; look += 1) {
        if (segment.epoch(this.#endpoint) !== seen) {
          this.#microseconds = Math.min(this.#microseconds * 2, this.#microsecondsMax);
          return;
        }
      }
    } while (performance.now() < until);
    this.#microseconds = Math.max(this.#microseconds / 2, spinMicrosecondsMin);
    segment.sleep(this.#endpoint, seen, timeoutMs);
  }
}
