/** Ranks that start together and are each other's `world`, from their first sandbox to their start. */
import type { Place } from './placement.ts';

/** What is done about it. Each is called once at most, and only while the world does not run. */
export interface WorldEvents {
  /** All sandboxes are connected: its ranks can run. */
  ready(): void;
  /** One of its sandboxes did not start, or is gone. */
  lost(why: string): void;
}

export class World {
  /** 0: the job itself; the others are numbered as they were asked for. */
  readonly number: number;
  readonly places: readonly Place[];
  readonly joined = new Set<number>();
  readonly connected = new Set<number>();
  /** Its ranks count: they run, or are those that the job is for. */
  counts: boolean;
  readonly #events: WorldEvents;
  /** It will not run. */
  isOver = false;

  constructor(number: number, places: readonly Place[], events: WorldEvents) {
    this.number = number;
    this.places = places;
    this.counts = number === 0;
    this.#events = events;
  }

  get ranks(): readonly number[] {
    return this.places.flatMap(({ ranks }) => ranks);
  }

  get sandboxes(): readonly number[] {
    return this.places.map(({ index }) => index);
  }

  /** True when that was the last one. */
  join(index: number): boolean {
    this.joined.add(index);
    return this.joined.size === this.places.length;
  }

  connect(index: number): void {
    this.connected.add(index);
    if (this.connected.size === this.places.length && !this.isOver) this.#events.ready();
  }

  lose(why: string): void {
    if (this.isOver || this.counts) return;
    this.isOver = true;
    this.#events.lost(why);
  }

  /** It is not wanted any more. */
  drop(): void {
    this.isOver = true;
  }
}
