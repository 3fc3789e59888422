/**
 * Arrays of a rank that lie in the segment. Each has a buffer of its own over its block, so whatever keeps that buffer
 * (the array, a part of it, any other view) keeps the block, and the collector of garbage says when nothing does. It
 * says so in a turn of the event loop: what a program drops while it only ever blocks stays in use until then.
 */
import type { ArrayOf, NumericArray, NumericArrayConstructor } from '../core/api.ts';
import { arraysShareOfSegment } from '../core/limits.ts';
import type { Heap } from './heap.ts';
import type { HostSegment } from './host-segment.ts';

interface Block {
  readonly offset: number;
  readonly bytes: number;
}

export class SharedArrays {
  readonly #host: HostSegment;
  /** Apart from the rank's other heap: what a job does with a stale array is its own concern alone. */
  readonly #heap: Heap;
  readonly #collected = new FinalizationRegistry<Block>(({ offset, bytes }) => {
    this.#heap.free(offset, bytes);
  });

  constructor(host: HostSegment) {
    this.#host = host;
    this.#heap = host.heap(arraysShareOfSegment);
  }

  /** A block of zeros, which stays until it is released; 0: there is no room. */
  block(bytes: number): number {
    return this.#heap.allocateZeros(bytes);
  }

  /** The block is free again when nothing of `array`, which lies in it, is left. */
  release(array: NumericArray, offset: number, bytes: number): void {
    // Where arrays have no buffers of their own the array itself must do.
    this.#collected.register(this.#host.mapped ? array.buffer : array, { offset, bytes });
  }

  /** An array of zeros; null when there is no room for it. */
  allocate<C extends NumericArrayConstructor>(type: C, length: number): ArrayOf<C> | null {
    const bytes = length * type.BYTES_PER_ELEMENT;
    if (bytes === 0 || !this.#host.mapped || bytes > this.#host.buffer.byteLength) return null;
    const offset = this.#heap.allocateZeros(bytes);
    if (offset === 0) return null;
    const buffer = this.#host.bufferAt(offset, bytes);
    this.#collected.register(buffer, { offset, bytes });
    return new type(buffer) as ArrayOf<C>;
  }
}
