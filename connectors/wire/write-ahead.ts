/**
 * Writes to a stream before it has taken what came earlier, up to a bound: a stream that is waited for after each piece
 * moves one piece in each turn of the event loop.
 */
import type { Writable } from 'node:stream';
import { writeAheadBytes } from './limits.ts';

type Done = (error?: Error | null) => void;

export class WriteAhead {
  readonly #target: Writable;
  #waiting = 0;
  #held: Done | null = null;

  constructor(target: Writable) {
    this.#target = target;
  }

  /** Whether so many bytes are within the bound, beside what the target has not taken yet. */
  hasRoomFor(bytes: number): boolean {
    return this.#waiting + bytes < writeAheadBytes;
  }

  /** Calls `done` when more may come. After an error of the target it is not called: whoever owns both ends both. */
  write(bytes: Buffer, done: Done): void {
    this.add(bytes);
    this.ready(done);
  }

  /** Writes, and lets nobody wait. */
  add(bytes: Buffer): void {
    const { byteLength } = bytes;
    this.#waiting += byteLength;
    this.#target.write(bytes, (error) => {
      this.#waiting -= byteLength;
      if (error === null || error === undefined) this.#more();
    });
  }

  /** Calls `done` once more may come. */
  ready(done: Done): void {
    if (this.hasRoomFor(0)) done();
    else this.#held = done;
  }

  #more(): void {
    if (this.#held === null || this.#waiting > writeAheadBytes / 2) return;
    const done = this.#held;
    this.#held = null;
    done();
  }
}
