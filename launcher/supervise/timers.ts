/** Timers that end together. They hold no program that has nothing else to wait for. */
export class Timers {
  readonly #timers = new Set<NodeJS.Timeout>();

  after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs).unref();
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
