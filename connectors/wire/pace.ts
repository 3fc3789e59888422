/** Lets bytes pass at no more than so many a second: the next ones wait until those before them are paid for. */
export class Pace {
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #paidAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void) | null = null;

  /** True while the next ones wait. */
  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** From now on; what has passed is forgiven when it changes. Infinity: as fast as they come. */
  limit(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#bytesPerSecond = bytesPerSecond;
    this.#paidAtMs = 0;
    this.#pass();
  }

  /** So many have passed. True when the next ones may have to wait. */
  charge(bytes: number): boolean {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return false;
    this.#paidAtMs = Math.max(this.#paidAtMs, performance.now()) + (bytes / this.#bytesPerSecond) * 1000;
    return true;
  }

  /** Calls `go` when the next may pass: at once, where all is paid for. One waits at a time. */
  whenPaid(go: () => void): void {
    const leftMs = this.#paidAtMs === 0 ? 0 : this.#paidAtMs - performance.now();
    if (leftMs <= 0) {
      go();
      return;
    }
    clearTimeout(this.#timer);
    this.#waiting = go;
    this.#timer = setTimeout(() => this.#pass(), leftMs);
  }

  /** Nobody is called any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#waiting = null;
  }

  #pass(): void {
    const go = this.#waiting;
    this.end();
    go?.();
  }
}
