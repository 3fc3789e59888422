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
import { futexSleepMsMax, laneBytesOf } from '../core/limits.ts';
import { Heap } from './heap.ts';
import { type Libc, loadLibc } from './libc.ts';
import { PairLane } from './pair-lane.ts';
import { areaBytes } from './step-area.ts';

const reservedBytes = 64 * 1024;
const wasmPageBytes = 64 * 1024;
/** What the segment gives out at a time. */
export const pageBytes = 4096;
const lineWords = 16;
/** Words of the counters' line. */
const nextPageWord = reservedBytes / 4;
/** Words of a rank: one line for sleeping, one that says how many lanes lead to it. */
const rankWords = 2 * lineWords;
const epochWord = 0;
const sleepersWord = 1;
const lanesWord = lineWords;
/** Copies of at least so many bytes are worth a call into the C library. */
const libcCopyBytesMin = 4096;

/** How a rank sleeps: with its thread, or in its event loop. */
export const Sleeper = { thread: 1, eventLoop: 2 } as const;
export type Sleeper = (typeof Sleeper)[keyof typeof Sleeper];

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
  /** Where the area of the world's collectives starts; it ends where the heap begins. */
  readonly areaOffset: number;
  readonly #shared: SharedSegment;
  readonly #libc: Libc | null;
  readonly #base: number;
  readonly #bells: number;
  readonly #bedsides: number;
  readonly #directory: number;
  readonly #lanes = new Map<number, PairLane>();
  #listening = false;

  /** A segment for `ranks` ranks of this process. */
  static create(ranks: number): HostSegment {
    const memory = largest(bytesNeeded(ranks, 1));
    const homes = new Int32Array(ranks);
    const segment = new HostSegment({ memory, homes, home: 0, descriptor: -1, koffi: '' });
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
    const homes = homesOf(shared.homes);
    this.#bells = reservedBytes / 4 + lineWords;
    this.#bedsides = this.#bells + homes * lineWords;
    this.#directory = this.#bedsides + this.ranks * rankWords;
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

  /** A heap for one rank: what it allocates is its own until it frees it. */
  heap(): Heap {
    return new Heap((bytes) => this.#givePages(bytes));
  }

  // ---- sleeping and waking

  /**
   * Announces that `rank` is about to sleep; what it then finds by looking once more, it need not sleep for, and what
   * comes later wakes it. Gives what `sleep` and `sleepAsync` take.
   */
  announceSleep(rank: number, how: Sleeper): number {
    const at = this.#bedside(rank);
    const seen = Atomics.load(this.words, at + epochWord);
    Atomics.or(this.words, at + sleepersWord, how);
    return seen;
  }

  /** It does not sleep after all. */
  cancelSleep(rank: number, how: Sleeper): void {
    Atomics.and(this.words, this.#bedside(rank) + sleepersWord, ~how);
  }

  /** Blocks the thread until `rank` is woken, at most `timeoutMs`; may return early. */
  sleep(rank: number, seen: number, timeoutMs: number): void {
    const word = this.#bedside(rank) + epochWord;
    if (this.#libc === null) Atomics.wait(this.words, word, seen, timeoutMs);
    // A thread in a system call cannot be ended from outside: it must look up now and then.
    else this.#libc.futexWait(this.#base + word * 4, seen, Math.ceil(Math.min(timeoutMs, futexSleepMsMax)));
    this.cancelSleep(rank, Sleeper.thread);
  }

  /** Resolves when `rank` is woken; null when it was already. It does not hold the event loop. */
  sleepAsync(rank: number, seen: number): Promise<unknown> | null {
    const wait = Atomics.waitAsync(this.words, this.#bedside(rank) + epochWord, seen);
    return wait.async ? wait.value : null;
  }

  /** Wakes `rank` if it sleeps, or is about to. Cheap when it does not. To be called after what it shall see. */
  wake(rank: number): void {
    if (Atomics.load(this.words, this.#bedside(rank) + sleepersWord) !== 0) this.#rouse(rank);
  }

  wakeAll(): void {
    for (let rank = 0; rank < this.ranks; rank += 1) this.wake(rank);
  }

  /** Sleeps while the word at index `word` is `seen`, at most `milliseconds`; only `wakeWord` interrupts it. */
  sleepOnWord(word: number, seen: number, milliseconds: number): void {
    if (this.#libc === null) Atomics.wait(this.words, word, seen, milliseconds);
    else this.#libc.futexWait(this.#base + word * 4, seen, milliseconds);
  }

  /** Wakes all who sleep on the word at index `word`. */
  wakeWord(word: number): void {
    if (this.#libc === null) Atomics.notify(this.words, word);
    else this.#libc.futexWake(this.#base + word * 4);
  }

  /** Gives the core to another thread, where there is a way to. */
  yieldCore(): void {
    this.#libc?.yieldCore();
  }

  /**
   * For the agent of a home: from now on wakes of its ranks' event loops that come from other processes are passed on.
   */
  listen(): void {
    if (this.#libc === null || this.#listening) return;
    this.#listening = true;
    this.#listen(this.#libc);
  }

  /** Ends `listen`. */
  hush(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#ring(this.#shared.home);
  }

  #listen(libc: Libc): void {
    if (!this.#listening) return;
    const bell = this.#bells + this.#shared.home * lineWords;
    const seen = Atomics.load(this.words, bell);
    this.#shared.homes.forEach((home, rank) => {
      if (home === this.#shared.home) Atomics.notify(this.words, this.#bedside(rank) + epochWord);
    });
    libc.futexWaitAsync(this.#base + bell * 4, seen, futexSleepMsMax, () => {
      this.#listen(libc);
    });
  }

  #rouse(rank: number): void {
    const at = this.#bedside(rank);
    const how = Atomics.exchange(this.words, at + sleepersWord, 0);
    if (how === 0) return;
    Atomics.add(this.words, at + epochWord, 1);
    if (this.#libc === null) {
      Atomics.notify(this.words, at + epochWord);
      return;
    }
    if ((how & Sleeper.thread) !== 0) this.#libc.futexWake(this.#base + (at + epochWord) * 4);
    if ((how & Sleeper.eventLoop) === 0) return;
    const home = this.#shared.homes[rank] ?? 0;
    if (home === this.#shared.home) Atomics.notify(this.words, at + epochWord);
    else this.#ring(home);
  }

  #ring(home: number): void {
    const bell = this.#bells + home * lineWords;
    Atomics.add(this.words, bell, 1);
    this.#libc?.futexWake(this.#base + bell * 4);
  }

  // ---- lanes

  /** How many lanes lead to `rank`; grows as others first speak to it. */
  lanesTo(rank: number): number {
    return Atomics.load(this.words, this.#bedside(rank) + lanesWord);
  }

  /** Receiver: the lane from `from` to `to`, once `from` has opened it. */
  laneFrom(from: number, to: number): PairLane | null {
    const offset = Atomics.load(this.words, this.#directory + to * this.ranks + from);
    return offset === 0 ? null : this.#lane(from, to, offset);
  }

  /** Sender: its lane to `to`, which it opens when it is the first time; null when the segment is full. */
  openLane(from: number, to: number, heap: Heap): PairLane | null {
    const entry = this.#directory + to * this.ranks + from;
    const known = Atomics.load(this.words, entry);
    if (known !== 0) return this.#lane(from, to, known);
    const offset = heap.allocate(PairLane.bytesFor(laneBytesOf(this.ranks)));
    if (offset === 0) return null;
    // In units of lines, so that 4 GiB fit into a word.
    Atomics.store(this.words, entry, offset / 64);
    Atomics.add(this.words, this.#bedside(to) + lanesWord, 1);
    return this.#lane(from, to, offset / 64);
  }

  #lane(from: number, to: number, line: number): PairLane {
    const key = to * this.ranks + from;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new PairLane(this, from, to, (line >>> 0) * 64, laneBytesOf(this.ranks));
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  // ---- copying

  /** Copies `source` to `offset` of the segment. */
  copyIn(offset: number, source: Uint8Array): void {
    const { byteLength } = source;
    if (this.#libc !== null && byteLength >= libcCopyBytesMin)
      this.#libc.copyIn(this.#base + offset, source, byteLength);
    else this.bytes.set(source, offset);
  }

  /** Copies `bytes` bytes at `offset` of the segment to the start of `target`. */
  copyOut(target: Uint8Array, offset: number, bytes: number): void {
    if (this.#libc !== null && bytes >= libcCopyBytesMin) this.#libc.copyOut(target, this.#base + offset, bytes);
    else if (bytes > 0) target.set(this.bytes.subarray(offset, offset + bytes));
  }

  /** The offset of `array` in the segment, or -1 when it lies elsewhere. */
  offsetOf(array: ArrayBufferView): number {
    const { buffer } = array;
    if (buffer === (this.buffer as unknown)) return array.byteOffset;
    return -1;
  }

  // ---- giving out

  /** Offset of `bytes` bytes (rounded up to pages), zeroed, or 0 when there are no more. */
  #givePages(bytes: number): number {
    const pages = Math.ceil(bytes / pageBytes);
    const pagesMax = this.buffer.byteLength / pageBytes;
    for (;;) {
      const first = Atomics.load(this.words, nextPageWord);
      if (first + pages > pagesMax) return 0;
      if (Atomics.compareExchange(this.words, nextPageWord, first, first + pages) !== first) continue;
      const { descriptor } = this.#shared;
      // A write to a page that the full file system cannot give would end the process: ask for them beforehand.
      if (this.#libc?.back(descriptor, first * pageBytes, pages * pageBytes) === false) return 0;
      return first * pageBytes;
    }
  }

  /** Every home does so; the first one decides, and all would write the same. */
  #format(): void {
    Atomics.compareExchange(this.words, nextPageWord, 0, Math.ceil(this.heapOffset / pageBytes));
  }

  #bedside(rank: number): number {
    return this.#bedsides + rank * rankWords;
  }
}

function homesOf(homes: Int32Array): number {
  return homes.reduce((most, home) => Math.max(most, home + 1), 1);
}

function areaOffset(ranks: number, homes: number): number {
  const words = reservedBytes / 4 + lineWords + homes * lineWords + ranks * rankWords + ranks * ranks;
  return Math.ceil((words * 4) / pageBytes) * pageBytes;
}

function bytesNeeded(ranks: number, homes: number): number {
  return areaOffset(ranks, homes) + areaBytes(ranks);
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
