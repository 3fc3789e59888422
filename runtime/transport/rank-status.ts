/** How a rank is doing, in shared memory: its thread may die at any moment, and its agent must still know. */

/** A rank's state as its agent sees it. */
export const RankState = { starting: 0, running: 1, over: 2 } as const;
export type RankState = (typeof RankState)[keyof typeof RankState];

/** The words by which a rank tells its agent how it ended; each access is atomic. */
export class RankStatus {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }
  get state(): RankState {
    return Atomics.load(this.#words, this.#at) as RankState;
  }
  set state(state: RankState) {
    Atomics.store(this.#words, this.#at, state);
  }
  get exitCode(): number {
    return Atomics.load(this.#words, this.#at + 1);
  }
  set exitCode(code: number) {
    Atomics.store(this.#words, this.#at + 1, code);
  }
  /** A number whose meaning the agent and its ranks agree on (why the rank ended). */
  get reason(): number {
    return Atomics.load(this.#words, this.#at + 2);
  }
  set reason(code: number) {
    Atomics.store(this.#words, this.#at + 2, code);
  }
}
