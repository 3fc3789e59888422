/**
 * A signal that aborts after a time, or with others. `AbortSignal.any` of a timeout may be collected as garbage before
 * it aborts; the timer here holds what it is for.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signals: readonly AbortSignal[];
  #hasPassed = false;

  /** `timeoutMs` undefined: never. */
  constructor(timeoutMs: number | undefined, ...signals: readonly (AbortSignal | undefined)[]) {
    this.#signals = signals.filter((signal) => signal !== undefined);
    for (const signal of this.#signals) {
      signal.addEventListener('abort', this.#abort, { once: true });
      if (signal.aborted) this.#abort();
    }
    if (timeoutMs === undefined) return;
    this.#timer = setTimeout(() => {
      this.#hasPassed = !this.#controller.signal.aborted;
      this.#abort();
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when it was the time that aborted it. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** To be called when what it bounds is over. */
  end(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    const reason = this.#signals.find(({ aborted }) => aborted)?.reason as unknown;
    this.#controller.abort(reason);
  };
}
