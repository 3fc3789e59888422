/** `process.stdin` of a rank: the input lane as a stream. */
import { Readable } from 'node:stream';
import type { Segment } from '../transport/segment.ts';

/** A timer that never fires within a job's life: it only holds the event loop. */
const neverMs = 0x7fff_ffff;

/**
 * Reads the lane while somebody reads the stream. As with a pipe, waiting for input holds the event loop; a paused,
 * an unreferenced and a never used stream do not.
 */
export class RankStdin extends Readable {
  readonly fd = 0;
  readonly #segment: Segment;
  readonly #localIndex: number;
  #waiting = false;
  #referenced = true;
  #hold: NodeJS.Timeout | undefined;

  constructor(segment: Segment, localIndex: number) {
    super();
    this.#segment = segment;
    this.#localIndex = localIndex;
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
  override _read(): void {
    this.#readPiece().catch((error: unknown) => {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#setWaiting(false);
    callback(error);
  }

  async #readPiece(): Promise<void> {
    const lane = this.#segment.input(this.#localIndex);
    while (!this.destroyed) {
      const seen = this.#segment.epoch(this.#localIndex);
      this.#segment.takeInputReady(this.#localIndex);
      let piece: Uint8Array | undefined;
      lane.tryRead((record) => {
        piece = record.slice();
      });
      if (piece !== undefined) {
        this.#setWaiting(false);
        this.push(piece.byteLength === 0 ? null : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
        return;
      }
      this.#setWaiting(true);
      await this.#segment.sleepAsync(this.#localIndex, seen);
    }
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
