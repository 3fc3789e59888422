/**
 * Where ranks of a communicator meet in shared memory: areas that one of them gives out, and takes back when all have
 * left. A rank leaves when it disposes of its communicator, or when the collector of garbage finds that nothing can
 * call on it any more.
 */
import type { Heap } from '../transport/heap.ts';
import type { HostSegment } from '../transport/host-segment.ts';
import { areaBytes, leftWord } from '../transport/step-area.ts';

interface Area {
  readonly offset: number;
  readonly ranks: number;
}

export class Areas {
  readonly #host: HostSegment;
  readonly #heap: Heap;
  /** Those that this rank gave out. */
  #given: Area[] = [];
  readonly #collected = new FinalizationRegistry<number>((offset) => {
    this.#leave(offset);
  });

  constructor(host: HostSegment, heap: Heap) {
    this.#host = host;
    this.#heap = heap;
  }

  /** Zeros for so many ranks; 0 when there is no room. */
  give(ranks: number): number {
    this.#takeBack();
    const offset = this.#heap.allocateZeros(areaBytes(ranks));
    if (offset !== 0) this.#given.push({ offset, ranks });
    return offset;
  }

  /** Takes one back that nobody has used. */
  drop(offset: number): void {
    const area = this.#given.find((given) => given.offset === offset);
    if (area === undefined) return;
    this.#given = this.#given.filter((given) => given !== area);
    this.#heap.free(offset, areaBytes(area.ranks));
  }

  /** From now on `user`, while it lives and until `leave`, is in the area at `offset`. */
  enter(user: object, offset: number): void {
    this.#collected.register(user, offset, user);
  }

  leave(user: object, offset: number): void {
    this.#collected.unregister(user);
    this.#leave(offset);
  }

  #leave(offset: number): void {
    Atomics.add(this.#host.words, offset / 4 + leftWord, 1);
  }

  #takeBack(): void {
    this.#given = this.#given.filter(({ offset, ranks }) => {
      if (Atomics.load(this.#host.words, offset / 4 + leftWord) < ranks) return true;
      this.#heap.free(offset, areaBytes(ranks));
      return false;
    });
  }
}
