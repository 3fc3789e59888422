/**
 * The memory that ranks share: all ranks of a job on this host, where a file can be mapped into every sandbox, or else
 * the ranks of one sandbox. What one rank writes here another reads in place.
 *
 * Layout: 64 KiB left alone (kernels may use address 0 to 65535, and an offset of 0 is nobody's), a line of counters,
 * then for each home (a process) its bell, for each rank its bedside words, the directory of lanes, and the area that
 * the collectives of the world stand on; the rest is given out in pages and never taken back (`heap.ts` recycles them
 * inside a rank). Only offsets: each process maps the file at another address.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { laneBytesOf, stageBytesOf } from '../core/limits.ts';
import { Bedsides } from './bedsides.ts';
import { Copies } from './copies.ts';
import { Heap } from './heap.ts';
import {
  areaOffset,
  bytesNeeded,
  homesOf,
  lineWords,
  pageBytes,
  rankWords,
  reservedBytes,
  wasmPageBytes,
} from './host-layout.ts';
import { type Libc, loadLibc } from './libc.ts';
import { PairLane } from './pair-lane.ts';
import { type Ground, Region } from './region.ts';
import type { StageGround } from './stage.ts';

/** Words of the counters' line. */
const nextPageWord = reservedBytes / 4;
const lanesWord = lineWords;
const partsWord = lineWords + 1;

/** A segment as it is handed to another thread of the process: structured clone, but the memory is shared. */
export interface SharedSegment {
  readonly memory: WebAssembly.Memory;
  /** Index in the segment → home: which process a rank lives in. */
  readonly homes: Int32Array;
  readonly home: number;
  /** The mapped file, open in this process; -1 for a segment of one process. */
  readonly descriptor: number;
  /** Path of koffi's native file; empty for a segment of one process. */
  readonly koffi: string;
  /** The event that wakes a rank which sleeps in its sockets; absent: none does. */
  readonly alarm?: number;
}

/** A file to be mapped. */
export interface SegmentFile {
  readonly path: string;
  readonly koffi: string;
  readonly homes: Int32Array;
  readonly home: number;
}

export class HostSegment {
  readonly memory: WebAssembly.Memory;
  readonly ranks: number;
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly copies: Copies;
  /** Where the area of the world's collectives starts; it ends where the heap begins. */
  readonly areaOffset: number;
  readonly #shared: SharedSegment;
  readonly #libc: Libc | null;
  readonly #base: number;
  /** How ranks sleep and are woken. */
  readonly bedsides: Bedsides;
  readonly #bedsideWords: number;
  readonly #directory: number;
  readonly #lanes = new Map<number, PairLane>();
  /** Where the buffers of `bufferAt` start. */
  readonly #buffers = new WeakMap<ArrayBufferLike, number>();

  /** A segment for `ranks` ranks of this process; `alarm`: see `SharedSegment`. */
  static create(ranks: number, alarm = -1): HostSegment {
    const memory = largest(bytesNeeded(ranks, 1));
    const homes = new Int32Array(ranks);
    const segment = new HostSegment({ memory, homes, home: 0, descriptor: -1, koffi: '', alarm });
    segment.#format();
    return segment;
  }

  /** Maps the file that the launcher has made; its zeros are a segment with nothing in it. Throws when it cannot. */
  static map({ path, koffi, homes, home }: SegmentFile): HostSegment {
    const libc = loadLibc(koffi);
    const descriptor = openSync(path, 'r+');
    try {
      const pages = Math.floor(fstatSync(descriptor).size / wasmPageBytes);
      // Small first, and grown over the mapping: a limit on data would refuse the size that the file then backs.
      const memory = new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
      const at = libc.address(new Uint8Array(memory.buffer));
      if (!libc.mapFile(at, pages * wasmPageBytes, descriptor)) throw new Error('the kernel does not map it');
      memory.grow(pages - 1);
      const segment = new HostSegment({ memory, homes, home, descriptor, koffi }, libc);
      if (!libc.back(descriptor, 0, segment.heapOffset)) throw new Error('its file system is full');
      segment.#format();
      return segment;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** The segment that another thread of this process has created or mapped. */
  static attach(shared: SharedSegment): HostSegment {
    return new HostSegment(shared);
  }

  private constructor(shared: SharedSegment, libc = shared.koffi === '' ? null : loadLibc(shared.koffi)) {
    this.#shared = shared;
    this.#libc = libc;
    this.memory = shared.memory;
    this.ranks = shared.homes.length;
    this.buffer = shared.memory.buffer as unknown as SharedArrayBuffer;
    this.bytes = new Uint8Array(this.buffer);
    this.words = new Int32Array(this.buffer);
    this.floats = new Float64Array(this.buffer);
    this.#base = libc === null ? 0 : libc.address(this.bytes);
    this.copies = new Copies(this.buffer.byteLength, (offset, bytes) => this.#groundAt(offset, bytes));
    const homes = homesOf(shared.homes);
    const bells = reservedBytes / 4 + lineWords;
    const bedsides = bells + homes * lineWords;
    this.bedsides = new Bedsides({ alarm: -1, ...shared, words: this.words, bells, bedsides }, libc, this.#base);
    this.#bedsideWords = bedsides;
    this.#directory = bedsides + this.ranks * rankWords;
    this.areaOffset = areaOffset(this.ranks, homes);
  }

  /** For another thread of this process. */
  get shared(): SharedSegment {
    return this.#shared;
  }

  /** True when other processes see this memory too. */
  get mapped(): boolean {
    return this.#libc !== null;
  }

  get heapOffset(): number {
    return bytesNeeded(this.ranks, homesOf(this.#shared.homes));
  }

  /** A heap for one rank: what it allocates is its own until it frees it. It takes pages of the first `share` only. */
  heap(share = 1): Heap {
    const end = this.buffer.byteLength * share;
    return new Heap({
      give: (bytes) => this.#givePages(bytes, end),
      clear: (offset, bytes) => {
        this.copies.clear(offset, bytes);
      },
    });
  }

  // ---- lanes

  /** How many lanes lead to `rank`; grows as others first speak to it. */
  lanesTo(rank: number): number {
    return Atomics.load(this.words, this.#bedsideWords + rank * rankWords + lanesWord);
  }

  /** Where the list of the windows' parts of the rank with that index starts. */
  partsWord(index: number): number {
    return this.#bedsideWords + index * rankWords + partsWord;
  }

  /** Receiver: the lane from `from` to `to`, once `from` has opened it. */
  laneFrom(from: number, to: number): PairLane | null {
    const offset = Atomics.load(this.words, this.#directory + to * this.ranks + from);
    return offset === 0 ? null : this.#lane(from, to, offset, null);
  }

  /** Sender: its lane to `to`, which it opens when it is the first time; null when the segment is full. */
  openLane(from: number, to: number, heap: Heap): PairLane | null {
    const entry = this.#directory + to * this.ranks + from;
    const known = Atomics.load(this.words, entry);
    if (known !== 0) return this.#lane(from, to, known, heap);
    const offset = heap.allocate(PairLane.bytesFor(laneBytesOf(this.ranks)));
    if (offset === 0) return null;
    PairLane.clear(this.words, offset);
    // In units of lines, so that 4 GiB fit into a word.
    Atomics.store(this.words, entry, offset / 64);
    Atomics.add(this.words, this.#bedsideWords + to * rankWords + lanesWord, 1);
    return this.#lane(from, to, offset / 64, heap);
  }

  #lane(from: number, to: number, line: number, heap: Heap | null): PairLane {
    const key = to * this.ranks + from;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const bytes = laneBytesOf(this.ranks);
      const region = this.region((line >>> 0) * 64, PairLane.bytesFor(bytes));
      lane = new PairLane(region, this.bedsides, { from, to, capacityBytes: bytes, stage: this.#stageGround(heap) });
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #stageGround(heap: Heap | null): StageGround {
    const bytes = stageBytesOf(this.ranks);
    return {
      bytes,
      allocate: () => heap?.allocate(bytes) ?? 0,
      region: (offset) => this.region(offset, bytes),
    };
  }

  /** Copies `source` to `offset` of the segment. */
  copyIn(offset: number, source: Uint8Array): void {
    this.copies.copyIn(offset, source);
  }

  /** Copies `bytes` bytes at `offset` of the segment to the start of `target`. */
  copyOut(target: Uint8Array, offset: number, bytes: number): void {
    this.copies.copyOut(target, offset, bytes);
  }

  /** The offset of `array` in the segment, or -1 when it lies elsewhere. */
  offsetOf(array: ArrayBufferView): number {
    const { buffer } = array;
    if (buffer === this.buffer) return array.byteOffset;
    const start = this.#buffers.get(buffer);
    return start === undefined ? -1 : start + array.byteOffset;
  }

  /** A buffer of its own over `bytes` bytes at `offset`, for as long as they are given out. Mapped segments only. */
  bufferAt(offset: number, bytes: number): ArrayBuffer {
    if (this.#libc === null) throw new Error('no such buffers in a segment of one process');
    const buffer = this.#libc.view(this.#base + offset, bytes);
    this.#buffers.set(buffer, offset);
    return buffer;
  }

  /** Views of `bytes` bytes at `offset`, a multiple of 8, for one that uses them as a whole. */
  region(offset: number, bytes: number): Region {
    return new Region(this.#groundAt(offset, bytes), bytes);
  }

  #groundAt(offset: number, bytes: number): Ground {
    if (this.#libc === null) return { buffer: this.buffer, start: offset };
    return { buffer: this.#libc.view(this.#base + offset, bytes), start: 0 };
  }

  // ---- giving out

  /** Offset of `bytes` bytes (rounded up to pages), zeroed, or 0 when there are no more before `end`. */
  #givePages(bytes: number, end: number): number {
    const pages = Math.ceil(bytes / pageBytes);
    const pagesMax = Math.floor(end / pageBytes);
    for (;;) {
      const first = Atomics.load(this.words, nextPageWord);
      if (first + pages > pagesMax) return 0;
      if (Atomics.compareExchange(this.words, nextPageWord, first, first + pages) !== first) continue;
      const { descriptor } = this.#shared;
      // A write to a page that the full file system cannot give would end the process: ask for them beforehand.
      if (this.#libc?.back(descriptor, first * pageBytes, pages * pageBytes) === false) {
        // Less may still be had, as long as nobody has taken what comes behind.
        Atomics.compareExchange(this.words, nextPageWord, first + pages, first);
        return 0;
      }
      return first * pageBytes;
    }
  }

  /** Every home does so; the first one decides, and all would write the same. */
  #format(): void {
    Atomics.compareExchange(this.words, nextPageWord, 0, Math.ceil(this.heapOffset / pageBytes));
  }
}

/** The largest memory that this process may have: its pages cost nothing before they are touched. */
function largest(bytesMin: number): WebAssembly.Memory {
  let pages = 65_535;
  for (;;) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    } catch (error) {
      if (pages * wasmPageBytes <= bytesMin) throw error;
      pages = Math.max(Math.floor(pages / 4), Math.ceil(bytesMin / wasmPageBytes));
    }
  }
}
