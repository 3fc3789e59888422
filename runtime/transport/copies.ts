/**
 * Copies between a segment and the memory of a thread, through windows: a view of all of a large segment is slow, and
 * so is that of a SharedArrayBuffer.
 */
import type { Ground } from './region.ts';

/**
 * Where windows start. Each is twice as long, so that what is no longer than this lies in one. Shorter than a core's
 * second cache: for longer copies glibc leaves REP MOVSB, with which lines need not come from the other core first.
 */
const windowShift = 18;
const windowStep = 1 << windowShift;

export class Copies {
  readonly #segmentBytes: number;
  readonly #groundAt: (offset: number, bytes: number) => Ground;
  readonly #windows: (Uint8Array | undefined)[] = [];

  /** `groundAt` gives memory of the segment to make views of. */
  constructor(segmentBytes: number, groundAt: (offset: number, bytes: number) => Ground) {
    this.#segmentBytes = segmentBytes;
    this.#groundAt = groundAt;
  }

  /** Copies `source` to `offset` of the segment. */
  copyIn(offset: number, source: Uint8Array): void {
    const { byteLength } = source;
    for (let done = 0; done < byteLength; done += windowStep) {
      const bytes = Math.min(windowStep, byteLength - done);
      const piece = bytes === byteLength ? source : source.subarray(done, done + bytes);
      this.#window(offset + done).set(piece, (offset + done) & (windowStep - 1));
    }
  }

  /** Copies `bytes` bytes at `offset` of the segment to the start of `target`. */
  copyOut(target: Uint8Array, offset: number, bytes: number): void {
    for (let done = 0; done < bytes; done += windowStep) {
      const at = (offset + done) & (windowStep - 1);
      const window = this.#window(offset + done);
      target.set(window.subarray(at, at + Math.min(windowStep, bytes - done)), done);
    }
  }

  /** Writes zeros. */
  clear(offset: number, bytes: number): void {
    for (let done = 0; done < bytes; done += windowStep) {
      const at = (offset + done) & (windowStep - 1);
      this.#window(offset + done).fill(0, at, at + Math.min(windowStep, bytes - done));
    }
  }

  #window(offset: number): Uint8Array {
    const index = offset >>> windowShift;
    return this.#windows[index] ?? this.#open(index);
  }

  #open(index: number): Uint8Array {
    const start = index * windowStep;
    const bytes = Math.min(2 * windowStep, this.#segmentBytes - start);
    const { buffer, start: at } = this.#groundAt(start, bytes);
    const window = new Uint8Array(buffer, at, bytes);
    while (this.#windows.length <= index) this.#windows.push(undefined);
    this.#windows[index] = window;
    return window;
  }
}
