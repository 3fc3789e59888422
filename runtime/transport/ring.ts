/**
 * A single-producer single-consumer queue of records in shared memory. It holds offsets only, so two processes that
 * map the same pages at different addresses could share it.
 *
 * Layout: 64 bytes with the tail (written by the producer), 64 with the head (written by the consumer), 64 with the
 * word «the producer waits for space», then the data. Head and tail count bytes modulo 2^32 and only ever grow; their
 * difference is what lies in the ring. A record is an 8-byte prefix (its length), then its bytes, padded to 8. It is
 * never split: where it does not fit before the end of the data, a prefix of `skipMark` sends the reader to the start.
 */

/** Tail, head and wish for space each on a cache line of their own: two threads never fight over one line. */
const controlBytes = 192;
const headWord = 16;
const wantWord = 32;
const prefixBytes = 8;
const skipMark = -1;

export class Ring {
  /** All bytes of the buffer that the ring lies in: offsets of `peek` and `reserve` count in here. */
  readonly bytes: Uint8Array;
  /** The same bytes for headers. */
  readonly view: DataView;
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #dataOffset: number;
  readonly #capacity: number;
  /** The producer's own copy of the tail, and the last head it saw: most writes touch no shared line but the tail. */
  #tail: number;
  #headSeen: number;
  /** The consumer's own copy of the head, and the last tail it saw. */
  #head: number;
  #tailSeen: number;
  #reserved = 0;
  #recordBytes = 0;

  /** Bytes of shared memory that a ring of `capacityBytes` (a power of two) takes. */
  static bytesFor(capacityBytes: number): number {
    return controlBytes + capacityBytes;
  }

  /** `byteOffset` must be a multiple of 8. Zeroed memory is an empty ring; attaching to a used one continues it. */
  constructor(buffer: SharedArrayBuffer, byteOffset: number, capacityBytes: number) {
    if (capacityBytes < 64 || capacityBytes > 2 ** 30 || (capacityBytes & (capacityBytes - 1)) !== 0) {
      throw new RangeError(`a ring's capacity must be a power of two from 64 to 2^30, not ${String(capacityBytes)}`);
    }
    if (byteOffset % 8 !== 0) throw new RangeError(`a ring must start at a multiple of 8, not ${String(byteOffset)}`);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#control = new Int32Array(buffer, byteOffset, controlBytes / 4);
    this.#dataOffset = byteOffset + controlBytes;
    this.#words = new Int32Array(buffer, this.#dataOffset, capacityBytes / 4);
    this.#capacity = capacityBytes;
    this.#tail = Atomics.load(this.#control, 0);
    this.#head = Atomics.load(this.#control, headWord);
    this.#headSeen = this.#head;
    this.#tailSeen = this.#tail;
  }

  /** The longest record that is certain to fit into an empty ring, wherever its tail stands. */
  get recordBytesMax(): number {
    return this.#capacity / 2 - prefixBytes;
  }

  /** True when the consumer has taken all records. */
  get empty(): boolean {
    return Atomics.load(this.#control, 0) === Atomics.load(this.#control, headWord);
  }

  /**
   * Producer: writes one record, the concatenation of `parts`. False when it does not fit now; the producer keeps it
   * and tries again. Throws a RangeError for a record longer than `recordBytesMax`.
   */
  tryWrite(...parts: readonly Uint8Array[]): boolean {
    let length = 0;
    for (const part of parts) length += part.byteLength;
    let at = this.reserve(length);
    if (at < 0) return false;
    for (const part of parts) {
      this.bytes.set(part, at);
      at += part.byteLength;
    }
    this.commit();
    return true;
  }

  /**
   * Producer: room for a record of `length` bytes, as an offset into `bytes` (8-aligned, contiguous), or -1 when it
   * does not fit now. The record is filled in place and becomes visible at `commit`.
   */
  reserve(length: number): number {
    if (length > this.recordBytesMax) {
      throw new RangeError(`a record of ${String(length)} bytes; this ring takes up to ${String(this.recordBytesMax)}`);
    }
    const needed = prefixBytes + ((length + 7) & ~7);
    const position = this.#tail & (this.#capacity - 1);
    const untilEnd = this.#capacity - position;
    const skip = needed > untilEnd ? untilEnd : 0;
    if (this.#capacity - ((this.#tail - this.#headSeen) | 0) < needed + skip) {
      this.#headSeen = Atomics.load(this.#control, headWord);
      if (this.#capacity - ((this.#tail - this.#headSeen) | 0) < needed + skip) return -1;
    }
    // Plain stores: the tail's atomic store in `commit` publishes them.
    if (skip > 0) this.#words[position >> 2] = skipMark;
    const start = skip > 0 ? 0 : position;
    this.#words[start >> 2] = length;
    this.#reserved = needed + skip;
    return this.#dataOffset + start + prefixBytes;
  }

  /** Producer: publishes the record of the last `reserve`. */
  commit(): void {
    this.#tail = (this.#tail + this.#reserved) | 0;
    Atomics.store(this.#control, 0, this.#tail);
  }

  /**
   * Consumer: calls `visit` with the oldest record and takes it off. The record is a view into the ring, valid only
   * during the call. False when the ring is empty. A visit that throws leaves the record where it is.
   */
  tryRead(visit: (record: Uint8Array) => void): boolean {
    const at = this.peek();
    if (at < 0) return false;
    visit(this.bytes.subarray(at, at + this.#recordBytes));
    this.consume();
    return true;
  }

  /** Consumer: offset of the oldest record in `bytes`, or -1 when the ring is empty. It stays there until `consume`. */
  peek(): number {
    if (this.#head === this.#tailSeen) {
      this.#tailSeen = Atomics.load(this.#control, 0);
      if (this.#head === this.#tailSeen) return -1;
    }
    let position = this.#head & (this.#capacity - 1);
    if (this.#words[position >> 2] === skipMark) {
      // The record that follows was published by the same store of the tail, so it is there.
      this.#head = (this.#head + this.#capacity - position) | 0;
      position = 0;
    }
    this.#recordBytes = this.#words[position >> 2] ?? 0;
    return this.#dataOffset + position + prefixBytes;
  }

  /** Consumer: length of the record that `peek` found. */
  get peekedBytes(): number {
    return this.#recordBytes;
  }

  /** Consumer: takes the record that `peek` found off the ring; its bytes may be overwritten from now on. */
  consume(): void {
    this.#head = (this.#head + prefixBytes + ((this.#recordBytes + 7) & ~7)) | 0;
    Atomics.store(this.#control, headWord, this.#head);
  }

  /** Producer: says that it waits for space. It must try to write once more after this call, and only then sleep. */
  wantSpace(): void {
    Atomics.store(this.#control, wantWord, 1);
  }

  /** Consumer, after `consume`: true (once) when the producer waits for space and is to be woken. */
  takeSpaceWanted(): boolean {
    if (Atomics.load(this.#control, wantWord) === 0) return false;
    return Atomics.exchange(this.#control, wantWord, 0) === 1;
  }
}
