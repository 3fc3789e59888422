/**
 * Copies of long messages in the segment, each until its receiver has read it there: the sender goes on meanwhile, and
 * copies the next one while this one is read.
 */
import { type Bytes, seen } from './bytes.ts';
import { stagingBytesMin, stagingBytesOf } from '../core/limits.ts';
import type { Heap } from '../transport/heap.ts';
import type { HostSegment } from '../transport/host-segment.ts';

interface Copy {
  readonly place: number;
  readonly bytes: number;
  /** World rank of its receiver. */
  readonly receiver: number;
}

export class Staging {
  readonly #host: HostSegment;
  readonly #heap: Heap;
  /** By the sequence of the message. */
  readonly #copies = new Map<number, Copy>();
  #room: number;

  constructor(host: HostSegment, heap: Heap) {
    this.#host = host;
    this.#heap = heap;
    this.#room = stagingBytesOf(host.ranks);
  }

  /** Where `data` was copied to; 0: it is short, or there is no room now. */
  stage(data: Bytes, sequence: number, receiver: number): number {
    const bytes = data.byteLength;
    if (bytes < stagingBytesMin || bytes > this.#room) return 0;
    const place = this.#heap.allocate(bytes);
    if (place === 0) return 0;
    this.#host.copyIn(place, seen(data));
    this.#room -= bytes;
    this.#copies.set(sequence, { place, bytes, receiver });
    return place;
  }

  /** The message was read. False: none of that sequence is here. */
  release(sequence: number): boolean {
    const copy = this.#copies.get(sequence);
    if (copy === undefined) return false;
    this.#copies.delete(sequence);
    this.#heap.free(copy.place, copy.bytes);
    this.#room += copy.bytes;
    return true;
  }

  /** Nothing more is read by `receiver`. */
  releaseAll(receiver: number): void {
    for (const [sequence, copy] of [...this.#copies]) if (copy.receiver === receiver) this.release(sequence);
  }
}
