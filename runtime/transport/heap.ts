/**
 * One rank's share of the segment: it asks for pages as it needs them and keeps what is freed for itself. Large blocks
 * are whole pages, and neighbours that are free become one again, so that changing sizes use the same memory; small
 * ones are powers of two, cut from pieces, and a freed one fits the next of its size.
 */
import { pageBytes } from './host-layout.ts';

const smallestBytes = 64;
/** Small blocks are cut from pieces of this size. */
const pieceBytes = 64 * 1024;

/** Where the memory comes from. */
export interface Pages {
  /** Offset of so many more bytes, whole pages of zeros, or 0 when there are none. */
  give(bytes: number): number;
  clear(offset: number, bytes: number): void;
}

export class Heap {
  readonly #pages: Pages;
  /** Free small blocks by size. */
  readonly #small = new Map<number, number[]>();
  /** Free pages in order of their offsets: where each run starts, and where it ends. No two touch. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** The rest of the piece that small blocks are cut from. */
  #at = 0;
  #end = 0;

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  /** Offset of `bytes` bytes, 64-aligned (4096 from a page on), or 0 when there is no space. They may hold anything. */
  allocate(bytes: number): number {
    return this.#allocate(bytes, false);
  }

  /** The same, of zeros. */
  allocateZeros(bytes: number): number {
    return this.#allocate(bytes, true);
  }

  /** Gives back a block of so many `bytes` that an allocation gave. */
  free(offset: number, bytes: number): void {
    const size = sizeOf(bytes);
    if (size >= pageBytes) {
      this.#release(offset, offset + size);
      return;
    }
    const list = this.#small.get(size);
    if (list === undefined) this.#small.set(size, [offset]);
    else list.push(offset);
  }

  #allocate(bytes: number, zeros: boolean): number {
    const size = sizeOf(bytes);
    const used = size >= pageBytes ? this.#takeRun(size) : (this.#small.get(size)?.pop() ?? 0);
    if (used !== 0) {
      if (zeros) this.#pages.clear(used, size);
      return used;
    }
    if (size >= pageBytes) return this.#pages.give(size);
    if (this.#end - this.#at < size) {
      const run = this.#takeRun(pieceBytes);
      if (run !== 0) this.#pages.clear(run, pieceBytes);
      const piece = run === 0 ? this.#pages.give(pieceBytes) : run;
      if (piece === 0) return 0;
      this.#at = piece;
      this.#end = piece + pieceBytes;
    }
    const offset = this.#at;
    this.#at += size;
    return offset;
  }

  /** Takes `size` bytes from the shortest free run that has them; 0 when none has. */
  #takeRun(size: number): number {
    let best = -1;
    let bestBytes = Infinity;
    for (let run = 0; run < this.#starts.length; run += 1) {
      const bytes = (this.#ends[run] ?? 0) - (this.#starts[run] ?? 0);
      if (bytes >= size && bytes < bestBytes) {
        best = run;
        bestBytes = bytes;
      }
    }
    if (best < 0) return 0;
    const start = this.#starts[best] ?? 0;
    if (bestBytes > size) {
      this.#starts[best] = start + size;
    } else {
      this.#starts.splice(best, 1);
      this.#ends.splice(best, 1);
    }
    return start;
  }

  /** Puts a run among the free ones, as one with those that it touches. */
  #release(start: number, end: number): void {
    // The first run that lies behind this one.
    let next = this.#starts.findIndex((other) => other >= end);
    if (next < 0) next = this.#starts.length;
    const joinsBefore = next > 0 && this.#ends[next - 1] === start;
    const joinsAfter = this.#starts[next] === end;
    if (joinsBefore && joinsAfter) {
      this.#ends[next - 1] = this.#ends[next] ?? end;
      this.#starts.splice(next, 1);
      this.#ends.splice(next, 1);
    } else if (joinsBefore) {
      this.#ends[next - 1] = end;
    } else if (joinsAfter) {
      this.#starts[next] = start;
    } else {
      this.#starts.splice(next, 0, start);
      this.#ends.splice(next, 0, end);
    }
  }
}

function sizeOf(bytes: number): number {
  if (bytes > pageBytes / 2) return Math.ceil(bytes / pageBytes) * pageBytes;
  let size = smallestBytes;
  while (size < bytes) size *= 2;
  return size;
}
