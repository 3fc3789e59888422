/**
 * The shared memory of one sandbox: what passes between its ranks and its agent. Endpoints 0 to ranks - 1 are the local
 * ranks, endpoint `ranks` is their agent. What passes between ranks lies in the host segment, and so do the words that
 * ranks sleep on: whoever has something for a rank, wherever, wakes it there.
 *
 * Layout: a block of words per endpoint (wake word, sleepers, bitmaps of the lanes with records, status), then the
 * abort words, then the lanes.
 */
import { futexSleepMsMax, ranksPerSandboxMax } from '../core/limits.ts';
import { Sleeper } from './bedsides.ts';
import { HostSegment } from './host-segment.ts';
import { Lane } from './lane.ts';
import { RankStatus } from './rank-status.ts';
import { laneBytes, laneKinds, laneOffset } from './segment-lanes.ts';

const pageBytes = 64 * 1024;
/** Words of an endpoint: two cache lines for waking (the agent's), two for bitmaps, one for status. */
const endpointWords = 80;
const wakeWord = 0;
const sleepersWord = 16;
/** Data lanes by source: 65 bits. Then 65 more: the agent's output lanes by rank, or (bit 0) a rank's input lane. */
const dataBitmapWord = 32;
const streamBitmapWord = 48;
const bitmapWords = 3;
const statusWord = 64;
/** The abort words: aborted, exit code, length of the reason, rank, then the reason in UTF-8. */
const abortReasonBytesMax = 1024;
const abortBytes = 64 + abortReasonBytesMax;

/** Why the job ends early. */
export interface Abort {
  readonly exitCode: number;
  readonly reason: string;
  /** World rank that asked for it; -1 or absent: none of this segment did. */
  readonly rank?: number;
}

export class Segment {
  readonly memory: WebAssembly.Memory;
  /** Local ranks. */
  readonly ranks: number;
  /** The agent's endpoint number: `ranks`. */
  readonly agent: number;
  /** The segment that the ranks share, and the place of local rank 0 in it. */
  readonly host: HostSegment;
  readonly firstIndex: number;
  readonly #buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #abortWord: number;
  readonly #lanesOffset: number;
  readonly #lanes = new Map<number, Lane>();

  /**
   * A new segment for `ranks` local ranks (1 to `ranksPerSandboxMax`) and their agent. In `host` they have the places
   * from `firstIndex` on; by default they share one of their own.
   */
  static create(ranks: number, host = HostSegment.create(ranks), firstIndex = 0): Segment {
    if (!Number.isInteger(ranks) || ranks < 1 || ranks > ranksPerSandboxMax) {
      throw new RangeError(`a segment holds 1 to ${String(ranksPerSandboxMax)} ranks, not ${String(ranks)}`);
    }
    const pages = Math.ceil(segmentBytes(ranks) / pageBytes);
    return new Segment(
      new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
      ranks,
      host,
      firstIndex,
    );
  }

  /**
   * The segment that another thread created with the same arguments. Each end of each lane belongs to one `Segment`
   * object: two in one thread may share the memory, as long as they do not use the same end of a lane.
   */
  static attach(memory: WebAssembly.Memory, ranks: number, host: HostSegment, firstIndex = 0): Segment {
    return new Segment(memory, ranks, host, firstIndex);
  }

  private constructor(memory: WebAssembly.Memory, ranks: number, host: HostSegment, firstIndex: number) {
    this.memory = memory;
    this.ranks = ranks;
    this.agent = ranks;
    this.host = host;
    this.firstIndex = firstIndex;
    const buffer: unknown = memory.buffer;
    if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('a segment lies in a shared WebAssembly.Memory');
    if (buffer.byteLength < segmentBytes(ranks)) {
      throw new RangeError(`a segment of ${String(buffer.byteLength)} bytes, ${String(segmentBytes(ranks))} needed`);
    }
    this.#buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#abortWord = abortOffset(ranks) / 4;
    this.#lanesOffset = abortOffset(ranks) + abortBytes;
  }

  /** Data records (64-byte header, then payload) from a rank to its agent, or from the agent to a rank. */
  queue(from: number, to: number): Lane {
    if ((from === this.agent) === (to === this.agent)) throw new RangeError('a queue has the agent at one of its ends');
    const key = from === this.agent ? this.ranks + to : from;
    return this.#lane(key, from, to, dataBitmapWord, from);
  }

  /** From a rank to its agent. Record: u8 stream (1 stdout, 2 stderr, 3 report), then bytes. */
  output(rank: number): Lane {
    return this.#lane(2 * this.ranks + rank, rank, this.agent, streamBitmapWord, rank);
  }

  /** From the agent to a rank: bytes of standard input; an empty record is its end. */
  input(rank: number): Lane {
    return this.#lane(3 * this.ranks + rank, this.agent, rank, streamBitmapWord, 0);
  }

  /**
   * Consumer: calls `visit` with each endpoint that has written to `to`'s queues since the last call, lowest first.
   * The visitor empties the queue, or calls `markReady` on it to be called again next time.
   */
  readyQueues(to: number, visit: (from: number) => void): void {
    this.#takeBits(to, dataBitmapWord, visit);
  }

  /** Agent: calls `visit` with each rank that has written output since the last call; same contract. */
  readyOutputs(visit: (rank: number) => void): void {
    this.#takeBits(this.agent, streamBitmapWord, visit);
  }

  /** Rank: true when standard input has come since the last call; the caller then empties its input lane. */
  takeInputReady(rank: number): boolean {
    return Atomics.exchange(this.#words, this.#wordsOf(rank) + streamBitmapWord, 0) !== 0;
  }

  /** True when some queue (not output or input) of `to` may hold records. Cheap: for a spinning reader. */
  anyQueueReady(to: number): boolean {
    const at = this.#wordsOf(to) + dataBitmapWord;
    for (let word = 0; word < bitmapWords; word += 1) if (Atomics.load(this.#words, at + word) !== 0) return true;
    return false;
  }

  /** Wakes the endpoint's thread if it sleeps. To be called after what it shall see. */
  wake(endpoint: number): void {
    if (endpoint !== this.agent) {
      this.host.bedsides.wake(this.firstIndex + endpoint);
      return;
    }
    const at = this.#wordsOf(endpoint);
    Atomics.add(this.#words, at + wakeWord, 1);
    // A sleeper counts itself before it compares the wake word; so either it is seen here, or it sees the change.
    if (Atomics.load(this.#words, at + sleepersWord) !== 0) Atomics.notify(this.#words, at + wakeWord);
  }

  /** Wakes every rank and the agent. */
  wakeAll(): void {
    for (let endpoint = 0; endpoint <= this.ranks; endpoint += 1) this.wake(endpoint);
  }

  /** The agent's wake word. Read it before polling; then `sleepAsync` with it misses nothing that came since. */
  epoch(agent: number): number {
    return Atomics.load(this.#words, this.#wordsOf(agent) + wakeWord);
  }

  /** For the agent: resolves when its wake word differs from `seen`; null when it does already. */
  sleepAsync(agent: number, seen: number): Promise<void> | null {
    const at = this.#wordsOf(agent);
    Atomics.add(this.#words, at + sleepersWord, 1);
    const wait = Atomics.waitAsync(this.#words, at + wakeWord, seen);
    const awake = (): void => {
      Atomics.sub(this.#words, at + sleepersWord, 1);
    };
    if (wait.async) return wait.value.then(awake);
    awake();
    return null;
  }

  /** Resolves when `ready`; whoever makes it ready wakes the rank. It does not hold the event loop. */
  async readyAsync(rank: number, ready: () => boolean): Promise<void> {
    const index = this.firstIndex + rank;
    for (;;) {
      const seen = this.host.bedsides.announceSleep(index, Sleeper.eventLoop);
      if (ready()) return;
      await this.host.bedsides.sleepAsync(index, seen);
    }
  }

  /** Blocks the thread of a rank until `ready`; whoever makes it ready wakes the rank. */
  sleepUntil(rank: number, ready: () => boolean): void {
    const index = this.firstIndex + rank;
    for (;;) {
      const seen = this.host.bedsides.announceSleep(index, Sleeper.thread);
      if (ready()) break;
      // A missed wake-up would cost no more than this; there should be none.
      this.host.bedsides.sleep(index, seen, futexSleepMsMax);
    }
    this.host.bedsides.cancelSleep(index, Sleeper.thread);
  }

  /** State, exit code and reason of a local rank. */
  status(rank: number): RankStatus {
    return new RankStatus(this.#words, this.#wordsOf(rank) + statusWord);
  }

  /** True once the job is aborted. Cheap. */
  get aborted(): boolean {
    // Asked at every call: the plain look, which is nearly always the last, costs a fraction of an atomic one.
    return this.#words[this.#abortWord] !== 0 && Atomics.load(this.#words, this.#abortWord) === 2;
  }

  /** The abort, once there is one. */
  get abort(): Abort | null {
    if (!this.aborted) return null;
    const length = Atomics.load(this.#words, this.#abortWord + 2);
    // A copy: TextDecoder refuses shared memory.
    const bytes = new Uint8Array(this.#buffer, this.#abortWord * 4 + 64, length).slice();
    return {
      exitCode: Atomics.load(this.#words, this.#abortWord + 1),
      reason: new TextDecoder().decode(bytes),
      rank: Atomics.load(this.#words, this.#abortWord + 3),
    };
  }

  /** Ends the job for all ranks of this segment and wakes everyone. The first abort wins; false for a later one. */
  setAbort(abort: Abort): boolean {
    if (Atomics.compareExchange(this.#words, this.#abortWord, 0, 1) !== 0) return false;
    const bytes = new TextEncoder().encode(abort.reason).subarray(0, abortReasonBytesMax);
    new Uint8Array(this.#buffer, this.#abortWord * 4 + 64, bytes.length).set(bytes);
    Atomics.store(this.#words, this.#abortWord + 2, bytes.length);
    Atomics.store(this.#words, this.#abortWord + 1, abort.exitCode);
    Atomics.store(this.#words, this.#abortWord + 3, abort.rank ?? -1);
    Atomics.store(this.#words, this.#abortWord, 2);
    this.wakeAll();
    return true;
  }

  #wordsOf(endpoint: number): number {
    if (endpoint < 0 || endpoint > this.ranks) {
      throw new RangeError(`endpoint ${String(endpoint)} of a segment of ${String(this.ranks)} ranks`);
    }
    return endpoint * endpointWords;
  }

  #lane(key: number, from: number, to: number, bitmap: number, bit: number): Lane {
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new Lane(this.#buffer, this.#lanesOffset + laneOffset(key, this.ranks), laneBytes(key, this.ranks), {
      words: this.#words,
      readyWord: this.#wordsOf(to) + bitmap + (bit >> 5),
      readyBit: 1 << (bit & 31),
      wakeConsumer: () => {
        this.wake(to);
      },
      wakeProducer: () => {
        this.wake(from);
      },
    });
    this.#lanes.set(key, lane);
    return lane;
  }

  #takeBits(endpoint: number, bitmap: number, visit: (index: number) => void): void {
    const at = this.#wordsOf(endpoint) + bitmap;
    for (let word = 0; word < bitmapWords; word += 1) {
      if (Atomics.load(this.#words, at + word) === 0) continue;
      let bits = Atomics.exchange(this.#words, at + word, 0);
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        try {
          visit(word * 32 + bit);
        } catch (error) {
          // Nobody's records may be forgotten because one visit failed.
          Atomics.or(this.#words, at + word, bits);
          throw error;
        }
        bits &= bits - 1;
      }
    }
  }
}

function abortOffset(ranks: number): number {
  return (ranks + 1) * endpointWords * 4;
}

function segmentBytes(ranks: number): number {
  return abortOffset(ranks) + abortBytes + laneOffset(laneKinds.length * ranks, ranks);
}
