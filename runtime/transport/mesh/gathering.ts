/** The wait for all links at a start. */
export class Gathering {
  #failed: Error | null = null;
  #look: (() => void) | null = null;

  /** Something may have changed. */
  look(): void {
    this.#look?.();
  }

  /** A link that stood is down: what waits, or comes to wait, waits in vain. */
  fail(error: Error): void {
    this.#failed ??= error;
    this.look();
  }

  /** Resolves when `isComplete`; rejects after a failure, or with the reason of `signal`. */
  until(isComplete: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        this.#look = null;
        signal.removeEventListener('abort', stop);
        settle();
      };
      const fail = (error: Error): void => {
        finish(() => {
          reject(error);
        });
      };
      const stop = (): void => {
        fail(signal.reason as Error);
      };
      this.#look = () => {
        if (this.#failed !== null) fail(this.#failed);
        else if (isComplete()) finish(resolve);
      };
      if (signal.aborted) stop();
      else {
        signal.addEventListener('abort', stop, { once: true });
        this.#look();
      }
    });
  }
}
