/** The sandboxes of a job, of all its worlds: who lives, and when nobody does any more. */
import type { Sandbox } from '../backends/backend.ts';
import type { Place } from './placement.ts';
import type { World } from './world.ts';

export type SandboxExit = Awaited<Sandbox['exited']>;

export class Sandboxes {
  readonly #worlds: World[] = [];
  /** By index: who lives in it. */
  readonly #places = new Map<number, { place: Place; world: World }>();
  readonly #started = new Map<number, Sandbox>();
  readonly #gone = new Set<number>();
  #over: () => void = () => undefined;
  /** Resolves when none lives any more and none is to come. */
  readonly allGone: Promise<void>;

  constructor() {
    this.allGone = new Promise((resolve) => {
      this.#over = resolve;
    });
  }

  /** From now on they are to come. */
  expect(world: World): void {
    this.#worlds.push(world);
    for (const place of world.places) this.#places.set(place.index, { place, world });
  }

  /** Of all of them. */
  get indexes(): readonly number[] {
    return [...this.#places.keys()];
  }

  /** In the order of their ranks. */
  get worlds(): readonly World[] {
    return this.#worlds;
  }

  adopt({ index }: Place, sandbox: Sandbox): void {
    this.#started.set(index, sandbox);
  }

  /** It is gone, or does not come. */
  leave(index: number): void {
    this.#gone.add(index);
    if (this.#gone.size === this.#places.size) this.#over();
  }

  isGone(index: number): boolean {
    return this.#gone.has(index);
  }

  worldOf(index: number): World | undefined {
    return this.#places.get(index)?.world;
  }

  /** True when the sandbox of that rank lives. */
  holds(rank: number): boolean {
    const home = [...this.#places.values()].find(({ place }) => place.ranks.includes(rank));
    return home !== undefined && !this.#gone.has(home.place.index);
  }

  kill(index: number): void {
    void this.#started.get(index)?.kill();
  }

  killAll(): void {
    for (const sandbox of this.#started.values()) void sandbox.kill();
  }
}
