/**
 * Where links open on first use, sandboxes cannot tell each other that they want one, nor that a rank has returned: the
 * launcher passes both on. Every sandbox gets the two in one order, so that it knows whose word of a return to wait
 * for: the other end's, behind all that the link carries, or the launcher's, where there is no link.
 */
import { departureDelayMs } from '../core/limits.ts';
import type { Neighbours, Seat } from './seat.ts';

export class LinkBroker implements Neighbours {
  readonly #seats: ReadonlyMap<number, Seat>;
  /** All that have returned, for sandboxes that come later; and those that are still to be told. */
  #gone: number[] = [];
  #returned: number[] = [];
  #anyOnUse = false;
  /** Their job is over, and who waits for whom no longer matters to them. */
  readonly #dismissed = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(seats: ReadonlyMap<number, Seat>) {
    this.#seats = seats;
  }

  /** Some links open on use. */
  expectLinks(): void {
    this.#anyOnUse = true;
  }

  linkWanted(from: number, to: number): void {
    this.#seats.get(from)?.send({ link: { sandbox: to } });
    this.#seats.get(to)?.send({ link: { sandbox: from } });
  }

  returned(rank: number): void {
    this.#gone.push(rank);
    if (!this.#anyOnUse) return;
    this.#returned.push(rank);
    // Mostly all ranks return together, and then nobody has to hear of it.
    this.#timer ??= setTimeout(() => {
      this.#tell();
    }, departureDelayMs);
  }

  /** These sandboxes have come later: what the others have heard. Links to them open on use, however the others do. */
  catchUp(newcomers: readonly Seat[]): void {
    this.#anyOnUse = true;
    if (this.#gone.length === 0) return;
    for (const seat of newcomers) seat.send({ departed: { ranks: [...this.#gone] } });
  }

  /** The job of these sandboxes is over: they hear nothing more, and the others all that they are still to hear. */
  dismiss(indexes: readonly number[]): void {
    for (const index of indexes) this.#dismissed.add(index);
    this.#tell();
  }

  /** Whoever comes later does not hear of these ranks. */
  forget(ranks: ReadonlySet<number>): void {
    this.#gone = this.#gone.filter((rank) => !ranks.has(rank));
  }

  /** Nobody is left to be told. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ranks = this.#returned;
    this.#returned = [];
    if (ranks.length === 0) return;
    for (const seat of this.#seats.values()) {
      if (!this.#dismissed.has(seat.index)) seat.send({ departed: { ranks } });
    }
  }
}
