/** A rank's standard input, taken out of its lane: shared by `process.stdin` and by reads of file descriptor 0. */
import type { Lane } from '../transport/lane.ts';
import type { Segment } from '../transport/segment.ts';

const nothing = new Uint8Array(0);

export class InputReader {
  readonly #segment: Segment;
  readonly #localIndex: number;
  readonly #lane: Lane;
  /** What of the last record has not been asked for yet. */
  #rest = nothing;
  #ended: boolean;

  /** `isEmpty`: nobody feeds this rank, its input ends at once. */
  constructor(segment: Segment, localIndex: number, isEmpty: boolean) {
    this.#segment = segment;
    this.#localIndex = localIndex;
    this.#lane = segment.input(localIndex);
    this.#ended = isEmpty;
  }

  /** Up to `bytesMax` bytes; none of them (length 0) is the end of input; undefined: nothing has come yet. */
  tryRead(bytesMax: number): Uint8Array | undefined {
    if (this.#rest.byteLength === 0 && !this.#ended) {
      this.#segment.takeInputReady(this.#localIndex);
      const at = this.#lane.peek();
      if (at < 0) return undefined;
      this.#rest = this.#lane.bytes.slice(at, at + this.#lane.peekedBytes);
      this.#lane.consume();
      if (this.#rest.byteLength === 0) this.#ended = true;
    }
    const piece = this.#rest.subarray(0, bytesMax);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  /** The same, and blocks the thread until there is something. */
  read(bytesMax: number): Uint8Array {
    let piece: Uint8Array | undefined;
    this.#segment.sleepUntil(this.#localIndex, () => {
      piece = this.tryRead(bytesMax);
      return piece !== undefined;
    });
    return piece ?? nothing;
  }

  /** The same, and resolves when there is something. It does not hold the event loop. */
  async readAsync(bytesMax: number): Promise<Uint8Array> {
    let piece: Uint8Array | undefined;
    await this.#segment.readyAsync(this.#localIndex, () => {
      piece = this.tryRead(bytesMax);
      return piece !== undefined;
    });
    return piece ?? nothing;
  }
}
