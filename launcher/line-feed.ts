/**
 * A job's output as an async iterable of lines, for programs that launch jobs.
 */

/**
 * One line that a rank printed.
 * @example
 * await using job = await launch('job.ts', { ranks: 2 });
 * for await (const { rank, stream, line } of job.output) {
 *   const shown: OutputLine = { rank, stream, line };
 *   console.log(shown);
 * }
 */
export interface OutputLine {
  readonly rank: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/**
 * Lines kept for a program that has not begun to read. Such a program may never read at all, and must not stall its
 * job: past this, the oldest are dropped. Once it reads, nothing is dropped and a full feed is backpressure.
 */
const linesUnreadMax = 10_000;

/** One producer, one consumer. `push` returns a promise when the consumer must catch up first. */
export class LineFeed implements AsyncIterable<OutputLine> {
  #lines: OutputLine[] = [];
  #reading = false;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriters: (() => void)[] = [];

  push(line: OutputLine): void | Promise<void> {
    if (this.#closed) return;
    this.#lines.push(line);
    this.#wakeReader?.();
    if (this.#lines.length < linesUnreadMax) return;
    if (!this.#reading) {
      this.#lines.shift();
      return;
    }
    return new Promise((resolve) => this.#wakeWriters.push(resolve));
  }

  /** No line follows; iteration ends after those that are there. */
  close(): void {
    this.#closed = true;
    this.#wakeReader?.();
    this.#releaseWriters();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputLine, void, void> {
    this.#reading = true;
    try {
      for (;;) {
        const lines = this.#lines;
        this.#lines = [];
        this.#releaseWriters();
        yield* lines;
        if (this.#lines.length > 0) continue;
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
        this.#wakeReader = undefined;
      }
    } finally {
      // A reader that has left must not hold the job up.
      this.#reading = false;
      this.#releaseWriters();
    }
  }

  #releaseWriters(): void {
    const writers = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of writers) wake();
  }
}
