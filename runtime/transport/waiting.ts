/**
 * How long a blocked rank looks for what it waits for before it sleeps. Looking costs a core and saves the price of a
 * wake-up. With a core for each rank it looks again at once; with more ranks than cores it gives the core away between
 * two looks, for the rank that is waited for may need it. The patience adapts: it doubles when looking found something
 * (or would have found what a short sleep waited for), and halves when it did not.
 */
import { availableParallelism } from 'node:os';
import { patienceMsMax, patienceMsMin } from '../core/limits.ts';

/** Looks between two looks at the clock, which costs as much as several of them. */
export const looksPerClock = 32;
/** Looks between two offers of the core, with a core for each rank: others may want it too. */
const looksPerYield = 64;

/** Gives the core to another thread that wants it. */
export interface CoreGiver {
  /** With more ranks than this for each core a wait sleeps at once: what looking costs, the others pay. */
  readonly lookingRanksPerCoreMax?: number;
  yieldCore(): void;
}

export class Waiting {
  readonly #giver: CoreGiver | null;
  /** True with more ranks than cores. */
  readonly crowded: boolean;
  /** False where looking would keep the core from the rank that is waited for, and there is no giving it away. */
  readonly canLook: boolean;
  #patienceMs = patienceMsMax;
  #looks = 0;
  /** When this wait sleeps; 0: the clock was not looked at yet. */
  #until = 0;
  /** When the last sleep began; 0: none since the last wait began. */
  #sleptAt = 0;

  /** `ranksOnHost` ranks share this machine's cores; `giver` is how this one gives its own away, where it can. */
  constructor(giver: CoreGiver | null, ranksOnHost: number) {
    this.#giver = giver;
    const cores = availableParallelism();
    this.crowded = ranksOnHost > cores;
    const lookers = giver === null ? 1 : (giver.lookingRanksPerCoreMax ?? Infinity);
    this.canLook = ranksOnHost <= cores * lookers;
  }

  /** A wait begins, or what came was not yet all. */
  start(): void {
    if (this.#until > 0 || this.#sleptShortly()) this.#patienceMs = Math.min(this.#patienceMs * 2, patienceMsMax);
    this.#sleptAt = 0;
    this.#looks = 0;
    this.#until = 0;
  }

  /** Between two looks, of which this was number `look`: gives the core away when others may want it. */
  giveWay(look: number): void {
    if (this.crowded || look % looksPerYield === 0) this.#giver?.yieldCore();
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
    return this.#sleptAt > 0 && performance.now() - this.#sleptAt < patienceMsMax;
  }
}
