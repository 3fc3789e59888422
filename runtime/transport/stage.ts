/**
 * A ring beside a lane, for payloads that would crowd it. It is larger than what a core's own cache holds: a line that
 * is written again has left the reader's cache by then, and long messages move at more than twice the speed. The lane's
 * records say where their payloads lie, and free them in their order.
 */
import type { Region } from './region.ts';

const lineBytes = 64;

/** The memory of a lane's stage, once it is there. */
export interface StageGround {
  readonly bytes: number;
  /** Producer: its offset in the segment; 0 when there is no room. */
  allocate(): number;
  region(offset: number): Region;
}

/** Both ends of it; an end uses its half. */
export class Stage {
  readonly region: Region;
  readonly #words: Int32Array;
  readonly #headWord: number;
  readonly #lines: number;
  /** Producer: count lines modulo 2^32. */
  #tail = 0;
  #headSeen = 0;

  /** `words` has, at `headWord`, how far the consumer has come. */
  constructor(region: Region, bytes: number, words: Int32Array, headWord: number) {
    this.region = region;
    this.#lines = bytes / lineBytes;
    this.#words = words;
    this.#headWord = headWord;
  }

  /** Producer: where the next `bytes` bytes may be written, or -1; `take` takes them. */
  place(bytes: number): number {
    const lines = Math.ceil(bytes / lineBytes);
    const position = this.#tail & (this.#lines - 1);
    const skip = lines > this.#lines - position ? this.#lines - position : 0;
    if (this.#lines - ((this.#tail - this.#headSeen) | 0) < lines + skip) {
      this.#headSeen = Atomics.load(this.#words, this.#headWord);
      if (this.#lines - ((this.#tail - this.#headSeen) | 0) < lines + skip) return -1;
    }
    return skip === 0 ? position * lineBytes : 0;
  }

  /** Producer: `bytes` bytes at `place` are taken; gives what frees them, and all before them. */
  take(place: number, bytes: number): number {
    const position = this.#tail & (this.#lines - 1);
    const skip = (this.#lines + place / lineBytes - position) & (this.#lines - 1);
    this.#tail = (this.#tail + skip + Math.ceil(bytes / lineBytes)) | 0;
    return this.#tail;
  }

  /** Consumer: frees what `take` gave `end` for. */
  free(end: number): void {
    Atomics.store(this.#words, this.#headWord, end);
  }
}
