/** Which arrays lie in a shared memory. */

import type { NumericArray } from '../../runtime/core/api.ts';

/**
 * The buffers that one shared memory has been seen through. Each growth gives it a new buffer object over the same
 * bytes, and arrays made before keep the old one.
 */
export class MemoryBuffers {
  readonly #memory: WebAssembly.Memory;
  readonly #seen = new WeakSet<ArrayBufferLike>();
  #latest: ArrayBufferLike;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#latest = memory.buffer;
    this.#seen.add(this.#latest);
  }

  /**
   * The array's first byte, counted from the start of the memory; −1 when it lies elsewhere. Also −1 for an array over
   * a buffer that the memory had between two growths, when nobody asked for any array in the meantime.
   */
  addressOf(array: NumericArray): number {
    const { buffer } = array;
    return buffer === this.#latest || this.#isOurs(buffer) ? array.byteOffset : -1;
  }

  #isOurs(buffer: ArrayBufferLike): boolean {
    if (!(buffer instanceof SharedArrayBuffer)) return false;
    const latest = this.#memory.buffer;
    if (latest !== this.#latest) {
      this.#latest = latest;
      this.#seen.add(latest);
    }
    return this.#seen.has(buffer);
  }
}
