/**
 * What a sandbox's own process prints, kept within bounds whether or not anybody reads it: a process must never block
 * on its standard error, and never fill the launcher's memory.
 */
import type { Readable } from 'node:stream';

const pendingBytesMax = 256 * 1024;
const tailBytesMax = 16 * 1024;

export class BoundedOutput implements AsyncIterable<Uint8Array> {
  readonly #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #tail: Buffer = Buffer.alloc(0);
  #over = false;
  #wake: () => void = () => undefined;
  readonly ended: Promise<void>;

  constructor(source: Readable) {
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    this.ended = new Promise((resolve) => {
      source.once('error', () => undefined);
      source.once('close', () => {
        this.#over = true;
        this.#wake();
        resolve();
      });
    });
  }

  #take(chunk: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-tailBytesMax);
    if (this.#pendingBytes + chunk.byteLength > pendingBytesMax) return;
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.byteLength;
    this.#wake();
  }

  /** The last 16 KiB, read or not. */
  get tail(): string {
    return this.#tail.toString('utf8');
  }

  /** Each chunk goes to one reader; past 256 KiB unread the newest are dropped (the tail still has them). */
  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const chunk = this.#pending.shift();
      if (chunk !== undefined) {
        this.#pendingBytes -= chunk.byteLength;
        yield chunk;
      } else if (this.#over) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
