/** Tells how far the first rank of a dataset is, now and then, on standard error. */

/** Milliseconds between two lines; the first one comes after as many. 0: no lines. */
const progressMs = Number(process.env['TSMPI_PROGRESS_MS'] ?? 5_000);

export class Progress {
  readonly #resource: string;
  readonly #of: string;
  readonly #isTold: boolean;
  readonly #start = performance.now();
  #last = this.#start;
  #rows = 0;

  constructor(resource: string, { rank, size }: { readonly rank: number; readonly size: number }) {
    this.#resource = resource;
    this.#of = size === 1 ? 'it' : `the share of rank 0 of ${String(size)}`;
    this.#isTold = rank === 0 && progressMs > 0;
  }

  /** `done`: the part of the share that has been read, 0 to 1; undefined where nobody knows. */
  add(rows: number, done?: number): void {
    this.#rows += rows;
    const now = performance.now();
    if (!this.#isTold || now - this.#last < progressMs) return;
    this.#last = now;
    const far = done === undefined ? this.#of : `${String(Math.floor(done * 100))} % of ${this.#of}`;
    const perSecond = Math.round((this.#rows / (now - this.#start)) * 1000);
    process.stderr.write(
      `dataset ${this.#resource}: ${String(this.#rows)} rows, ${far}, ${String(perSecond)} rows/s\n`,
    );
  }
}
