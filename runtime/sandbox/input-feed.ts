/** Gives the ranks of a sandbox their standard input, as fast as they read it. */
import { inputRingBytes } from '../core/limits.ts';
import type { Segment } from '../transport/segment.ts';

interface Piece {
  readonly bytes: Uint8Array;
  /** Told when the ring has it. */
  readonly taken: () => void;
}

/** Several fit the ring at once. */
const pieceBytesMax = inputRingBytes / 4;
const endOfInput = new Uint8Array(0);

export class InputFeed {
  readonly #segment: Segment;
  readonly #waiting: Piece[][];

  constructor(segment: Segment) {
    this.#segment = segment;
    this.#waiting = Array.from({ length: segment.ranks }, () => []);
  }

  /** Resolves when the rank's ring has taken the bytes (null: the end of input), or the rank is over. */
  write(local: number, bytes: Uint8Array | null): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting[local];
      if (waiting === undefined) {
        resolve();
        return;
      }
      const last = bytes === null ? endOfInput : bytes.slice(lastPieceAt(bytes));
      for (let at = 0; bytes !== null && at < lastPieceAt(bytes); at += pieceBytesMax) {
        waiting.push({ bytes: bytes.slice(at, at + pieceBytesMax), taken: () => undefined });
      }
      // An empty record would be the end of input.
      if (bytes !== null && last.byteLength === 0) resolve();
      else waiting.push({ bytes: last, taken: resolve });
      this.poll();
    });
  }

  /** Moves what waits into the rings. */
  poll(): void {
    for (const [local, waiting] of this.#waiting.entries()) {
      let piece = waiting[0];
      while (piece !== undefined && this.#segment.input(local).writeOrAsk(piece.bytes)) {
        waiting.shift();
        piece.taken();
        piece = waiting[0];
      }
    }
  }

  /** The rank is over: what it has not read is dropped. */
  close(local: number): void {
    const waiting = this.#waiting[local] ?? [];
    for (const piece of waiting.splice(0)) piece.taken();
  }
}

/** Where the last piece of `bytes` starts. */
function lastPieceAt(bytes: Uint8Array): number {
  return Math.max(0, Math.ceil(bytes.byteLength / pieceBytesMax) - 1) * pieceBytesMax;
}
