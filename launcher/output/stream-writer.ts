/**
 * Writes to streams in the order given, also where several of them are one terminal or one pipe, and says when it has
 * more than it can get rid of.
 */
import type { Writable } from 'node:stream';
import { waitingOutputBytesMax } from '../../runtime/core/limits.ts';

/** Bytes of one write. */
const writeBytesMax = 256 * 1024;

interface Piece {
  readonly stream: Writable;
  readonly bytes: Uint8Array;
}

/** `broken` is called once for each stream that fails, with the reason; what is written to it later is dropped. */
export class StreamWriter {
  readonly #broken: (detail: string, stream: Writable) => void;
  readonly #brokenStreams = new Set<Writable>();
  #pieces: Piece[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #whenLess: (() => void)[] = [];
  #whenEmpty: (() => void)[] = [];

  constructor(streams: readonly Writable[], broken: (detail: string, stream: Writable) => void) {
    this.#broken = broken;
    // A stream without a listener throws its error at the whole process.
    for (const stream of new Set(streams)) stream.on('error', (error) => this.#breaks(stream, error));
  }

  /** Takes the bytes, always. A returned promise is backpressure. */
  write(stream: Writable, bytes: Uint8Array): void | Promise<void> {
    if (bytes.byteLength === 0 || this.#brokenStreams.has(stream)) return;
    this.#pieces.push({ stream, bytes });
    this.#waitingBytes += bytes.byteLength;
    if (!this.#isWriting) void this.#writeAll();
    if (this.#waitingBytes <= waitingOutputBytesMax) return;
    return new Promise((resolve) => this.#whenLess.push(resolve));
  }

  /** Resolves when nothing waits any more. */
  async flushed(): Promise<void> {
    if (!this.#isWriting) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    // What comes in the same turn goes out in one write.
    await Promise.resolve();
    while (this.#pieces.length > 0) {
      const { stream, chunks, bytes } = this.#next();
      if (!this.#brokenStreams.has(stream)) await this.#writeOne(stream, chunks);
      this.#waitingBytes -= bytes;
      if (this.#waitingBytes <= waitingOutputBytesMax / 2) release(this.#whenLess);
    }
    this.#isWriting = false;
    release(this.#whenLess);
    release(this.#whenEmpty);
  }

  /** The longest run of pieces for one stream that fits a write. */
  #next(): { stream: Writable; chunks: Uint8Array[]; bytes: number } {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (first === undefined) throw new Error('nothing waits to be written');
    let [count, bytes] = [0, 0];
    for (const piece of pieces) {
      const isNext = piece.stream === first.stream && bytes + piece.bytes.byteLength <= writeBytesMax;
      if (!isNext && count > 0) break;
      count++;
      bytes += piece.bytes.byteLength;
    }
    this.#pieces = pieces.slice(count);
    return { stream: first.stream, chunks: pieces.slice(0, count).map((piece) => piece.bytes), bytes };
  }

  #writeOne(stream: Writable, chunks: readonly Uint8Array[]): Promise<void> {
    const [only = new Uint8Array()] = chunks;
    return new Promise((resolve) => {
      // A stream destroyed by its error never calls back.
      stream.once('close', resolve);
      stream.write(chunks.length === 1 ? only : Buffer.concat(chunks), (error) => {
        stream.off('close', resolve);
        if (error !== null && error !== undefined) this.#breaks(stream, error);
        resolve();
      });
    });
  }

  #breaks(stream: Writable, error: Error): void {
    if (this.#brokenStreams.has(stream)) return;
    this.#brokenStreams.add(stream);
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    this.#broken(code, stream);
  }
}

function release(waiting: (() => void)[]): void {
  for (const resume of waiting.splice(0)) resume();
}
