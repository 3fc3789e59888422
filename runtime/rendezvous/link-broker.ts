/**
 * Where links open on first use, sandboxes cannot tell each other that they want one, nor that a rank has returned: the
 * launcher passes both on. Every sandbox gets the two in one order, so that it knows whose word of a return to wait
 * for: the other end's, behind all that the link carries, or the launcher's, where there is no link.
 */
import { departureDelayMs } from '../core/limits.ts';
import type { LinkOpening } from '../core/links.ts';
import type { Neighbours, Seat } from './seat.ts';

export class LinkBroker implements Neighbours {
  readonly #seats: ReadonlyMap<number, Seat>;
  /** All that have returned, for sandboxes that come later; and those that are still to be told. */
  readonly #gone: number[] = [];
  #returned: number[] = [];
  /** Links to sandboxes that come later open on use, however the others do. */
  #anyOnUse: boolean;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(links: LinkOpening, seats: ReadonlyMap<number, Seat>) {
    this.#anyOnUse = links === 'onUse';
    this.#seats = seats;
  }

  linkWanted(from: number, to: number): void {
    this.#seats.get(from)?.send({ link: { sandbox: to } });
    this.#seats.get(to)?.send({ link: { sandbox: from } });
  }

  returned(rank: number): void {
    this.#gone.push(rank);
    if (!this.#anyOnUse || this.#closed) return;
    this.#returned.push(rank);
    // Mostly all ranks return together, and then nobody has to hear of it.
    this.#timer ??= setTimeout(() => {
      const ranks = this.#returned;
      this.#returned = [];
      this.#timer = undefined;
      for (const seat of this.#seats.values()) seat.send({ departed: { ranks } });
    }, departureDelayMs);
  }

  /** These sandboxes have come later: what the others have heard. */
  catchUp(newcomers: readonly Seat[]): void {
    this.#anyOnUse = true;
    if (this.#gone.length === 0) return;
    for (const seat of newcomers) seat.send({ departed: { ranks: [...this.#gone] } });
  }

  /** The job is over, and who waits for whom no longer matters. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
