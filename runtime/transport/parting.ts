/**
 * With a core for each rank, two may still have been put on one core while another would do. They then give it to each
 * other at every step, at many times the price of a step, and the kernel moves neither, because both ran just now: it
 * may stay so for as long as they talk. So ranks tell each other where they run, and one that waits again and again for
 * a rank of its own core goes to another one. That one may be busy with something else: the rank gets its share of it,
 * and while it runs nothing stands between the two. A core without another rank is not given away: a stranger would use
 * up its slice, of milliseconds, and the two would take turns in waiting for theirs.
 */

/** Where the ranks of a segment run. */
export interface RankCores {
  yieldCore(): void;
  /** Tells the others where `rank`, whose thread calls, runs. True when another one was there when it last told. */
  sharesCore(rank: number): boolean;
  /** Moves the calling thread to another core, where there is one that it may use. */
  leaveCore(rank: number): void;
}

/** So many waits in a row for a rank of the same core are no chance. */
const togetherMin = 16;
/** The most, where leaving does not help. */
const togetherMax = 1024;
/** Ranks of one core notice at different times, or all would leave it, for the same one. */
const turns = 4;

export class Parting {
  readonly #cores: RankCores;
  readonly #rank: number;
  readonly #least: number;
  #limit: number;
  #together = 0;

  /** `rank`: this one's place among those of `cores`. */
  constructor(cores: RankCores, rank: number) {
    this.#cores = cores;
    this.#rank = rank;
    this.#least = togetherMin * (1 + (rank % turns));
    this.#limit = this.#least;
  }

  /** Gives the core to a rank that shares it. True when there is one. */
  offer(): boolean {
    if (!this.#cores.sharesCore(this.#rank)) return false;
    this.#cores.yieldCore();
    return true;
  }

  /** A wait ended while this rank looked: who came runs on another core. */
  apart(): void {
    this.#together = 0;
    this.#limit = this.#least;
  }

  /** A wait ended after this rank gave its core to another one. */
  together(): void {
    this.#together += 1;
    if (this.#together < this.#limit) return;
    this.#together = 0;
    this.#limit = Math.min(this.#limit * 2, togetherMax);
    this.#cores.leaveCore(this.#rank);
  }
}
