/** What happened, in order, and who waits for what. Tests wait for events, never for time. */
export class EventLog<E> {
  readonly seen: E[] = [];
  readonly #waiting = new Set<() => void>();

  add(event: E): void {
    this.seen.push(event);
    for (const look of [...this.#waiting]) look();
  }

  /** The first event, past or to come, that `matches`. */
  when(matches: (event: E) => boolean): Promise<E> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.seen.find(matches);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Resolves once at least `count` events match. */
  async times(count: number, matches: (event: E) => boolean): Promise<void> {
    let found = 0;
    for (const event of this.seen) if (matches(event)) found += 1;
    if (found >= count) return;
    await new Promise<void>((resolve) => {
      let at = this.seen.length;
      const look = (): void => {
        for (; at < this.seen.length; at += 1) if (matches(this.seen[at] as E)) found += 1;
        if (found < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}
