/**
 * One rank's share of the segment: it asks for pages as it needs them and keeps what is freed for itself. Blocks are
 * powers of two, or pages: exact enough for lanes, staging and arrays, and a freed one fits the next of its kind.
 */
const smallestBytes = 64;
const pageBytes = 4096;
/** Small blocks are cut from pieces of this size. */
const pieceBytes = 64 * 1024;

export class Heap {
  readonly #give: (bytes: number) => number;
  /** Free blocks by size. */
  readonly #free = new Map<number, number[]>();
  /** The rest of the piece that small blocks are cut from. */
  #at = 0;
  #end = 0;

  /** `give` gives the offset of so many more bytes, page by page, or 0. */
  constructor(give: (bytes: number) => number) {
    this.#give = give;
  }

  /** Offset of `bytes` bytes, 64-aligned (4096 from a page on), or 0 when there is no space. Not zeroed when reused. */
  allocate(bytes: number): number {
    const size = sizeOf(bytes);
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return free;
    if (size >= pageBytes) return this.#give(size);
    if (this.#end - this.#at < size) {
      const piece = this.#give(pieceBytes);
      if (piece === 0) return 0;
      this.#at = piece;
      this.#end = piece + pieceBytes;
    }
    const offset = this.#at;
    this.#at += size;
    return offset;
  }

  /** Gives back a block that `allocate(bytes)` gave. */
  free(offset: number, bytes: number): void {
    const size = sizeOf(bytes);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [offset]);
    else list.push(offset);
  }
}

/** Above 1 MiB eight sizes to each power of two: a large array wastes an eighth at most. */
function sizeOf(bytes: number): number {
  let size = smallestBytes;
  while (size < bytes) size *= 2;
  if (size <= 1024 * 1024) return size;
  const step = size / 16;
  return Math.ceil(bytes / step) * step;
}
