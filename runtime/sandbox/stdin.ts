/** `process.stdin` of a rank. */
import { Readable } from 'node:stream';
import type { InputReader } from './input-reader.ts';

/** A timer that never fires within a job's life: it only holds the event loop. */
const neverMs = 0x7fff_ffff;

/**
 * Reads the input while somebody reads the stream. As with a pipe, waiting for input holds the event loop; a paused, an
 * unreferenced and a never used stream do not.
 */
export class RankStdin extends Readable {
  readonly fd = 0;
  readonly #reader: InputReader;
  #waiting = false;
  #referenced = true;
  #hold: NodeJS.Timeout | undefined;

  constructor(reader: InputReader) {
    super();
    this.#reader = reader;
    const update = (): void => {
      this.#updateHold();
    };
    this.on('pause', update);
    this.on('resume', update);
  }

  ref(): this {
    this.#referenced = true;
    this.#updateHold();
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#updateHold();
    return this;
  }

  /** One piece for one call: a Readable does not call this again before something was pushed. */
  override _read(bytes: number): void {
    this.#setWaiting(true);
    this.#reader.readAsync(bytes).then(
      (piece) => {
        this.#setWaiting(false);
        this.push(piece.byteLength === 0 ? null : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
      },
      (error: unknown) => {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#setWaiting(false);
    callback(error);
  }

  #setWaiting(waiting: boolean): void {
    this.#waiting = waiting;
    this.#updateHold();
  }

  #updateHold(): void {
    // A stream that is read by 'readable' (as the async iterator does) also says that it is paused.
    const paused = this.isPaused() && this.listenerCount('readable') === 0;
    const wanted = this.#waiting && this.#referenced && !this.destroyed && !paused;
    if (wanted && this.#hold === undefined) {
      this.#hold = setInterval(() => undefined, neverMs);
    } else if (!wanted && this.#hold !== undefined) {
      clearInterval(this.#hold);
      this.#hold = undefined;
    }
  }
}
