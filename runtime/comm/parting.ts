/**
 * With a core for each rank, two may still have been put on one core while another is idle. They then offer it to each
 * other at every step, and whom the kernel sees run so lately it does not move: it may stay so for seconds, at many
 * times the price of a step. Who has slept is put on an idle core when it wakes.
 */

/** How long such a sleep is. */
export const pauseMs = 0.05;
/** An offer that lasts longer was taken: the system call alone takes less. */
const takenMs = 0.001;
/** So many waits in a row that end with a taken offer are no chance. */
const togetherMin = 32;
/** The most, where sleeping does not help: every core has others to run. */
const togetherMax = 8192;

export class Parting {
  #together = 0;
  #limit = togetherMin;

  /** A wait ended while this rank looked: who came runs on another core. */
  apart(): void {
    this.#together = 0;
    this.#limit = togetherMin;
  }

  /** A wait ended with the first offer of the core, which took so long. True when this rank should pause. */
  together(tookMs: number): boolean {
    if (tookMs < takenMs) return false;
    this.#together += 1;
    if (this.#together < this.#limit) return false;
    this.#together = 0;
    this.#limit = Math.min(this.#limit * 2, togetherMax);
    return true;
  }
}
