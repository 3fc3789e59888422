/**
 * How long a blocked rank looks for what it waits for before it sleeps. Looking costs a core and saves the price of a
 * wake-up. With a core for each rank it looks again at once; with more ranks than cores it gives the core away between
 * two looks, for the rank that is waited for may need it. The patience adapts: it doubles when looking found something
 * (or would have found what a short sleep waited for), and halves when it did not.
 */
import { availableParallelism } from 'node:os';
import { crowdedPatienceMsMax, patienceMsMax, patienceMsMin } from '../core/limits.ts';
import type { Parting } from './parting.ts';

/** Looks between two looks at the clock, which costs as much as several of them. */
export const looksPerClock = 32;
/** Looks between two offers of the core, with a core for each rank: another may run on this one. */
const looksPerYield = 64;

/** Gives the core to another thread that wants it. */
export interface CoreGiver {
  /** With more ranks than this for each core a wait sleeps at once: what looking costs, the others pay. */
  readonly lookingRanksPerCoreMax?: number;
  yieldCore(): void;
}

export class Waiting {
  readonly #giver: CoreGiver | null;
  readonly #parting: Parting | null;
  /** True with more ranks than cores. */
  readonly crowded: boolean;
  /** False where looking would keep the core from the rank that is waited for, and there is no giving it away. */
  readonly canLook: boolean;
  readonly #patienceMsMax: number;
  #patienceMs: number;
  #looks = 0;
  /** When this wait sleeps; 0: the clock was not looked at yet. */
  #until = 0;
  /** When the last sleep began; 0: none since the last wait began. */
  #sleptAt = 0;
  /** Whether this wait has looked where others run, and found one on this core. */
  #hasAsked = false;
  #isTogether = false;

  /**
   * `ranksOnHost` ranks share this machine's cores; `giver` is how this one gives its own away, where it can, and
   * `parting` to whom, where it is known where they run.
   */
  constructor(giver: CoreGiver | null, parting: Parting | null, ranksOnHost: number) {
    this.#giver = giver;
    this.#parting = parting;
    const cores = availableParallelism();
    this.crowded = ranksOnHost > cores;
    this.#patienceMsMax = this.crowded ? crowdedPatienceMsMax : patienceMsMax;
    this.#patienceMs = this.#patienceMsMax;
    const lookers = giver === null ? 1 : (giver.lookingRanksPerCoreMax ?? Infinity);
    this.canLook = ranksOnHost <= cores * lookers;
  }

  /** A wait begins, or what came was not yet all. */
  start(): void {
    if (this.#until > 0 || this.#sleptShortly()) this.#patienceMs = Math.min(this.#patienceMs * 2, this.#patienceMsMax);
    this.#sleptAt = 0;
    this.#looks = 0;
    this.#until = 0;
    // What the wait before this one ended with.
    if (this.#isTogether) this.#parting?.together();
    else if (!this.#hasAsked) this.#parting?.apart();
    this.#hasAsked = false;
    this.#isTogether = false;
  }

  /** Between two looks, of which this was number `look`: gives the core away when others may want it. */
  giveWay(look: number): void {
    if (this.crowded) this.#giver?.yieldCore();
    else if (look % looksPerYield !== 0) return;
    else if (this.#parting === null) this.#giver?.yieldCore();
    else {
      this.#isTogether = this.#parting.offer();
      this.#hasAsked = true;
    }
  }

  /** After a look that found nothing: true to look again, false to sleep now. */
  goOn(): boolean {
    this.#looks += 1;
    if (!this.canLook) return false;
    this.giveWay(this.#looks);
    if (this.#looks % looksPerClock !== 0) return true;
    const now = performance.now();
    if (this.#until === 0) this.#until = now + this.#patienceMs;
    if (now < this.#until) return true;
    this.#patienceMs = Math.max(this.#patienceMs / 2, patienceMsMin);
    this.#until = 0;
    this.#sleptAt = now;
    return false;
  }

  /** True when more patience would have spared the last sleep. */
  #sleptShortly(): boolean {
    return this.#sleptAt > 0 && performance.now() - this.#sleptAt < this.#patienceMsMax;
  }
}
