/** Two streams: what is written to one is read from the other, as at the two ends of a socket. */
import { Duplex } from 'node:stream';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { streamBufferBytes } from '../wire/limits.ts';

type Done = (error?: Error | null) => void;

class End extends Duplex {
  other: End | null = null;
  /** Of the other's write: it goes on when this end has room. */
  #taken: Done | null = null;

  constructor() {
    super({ allowHalfOpen: true, highWaterMark: streamBufferBytes });
  }

  override _read(): void {
    this.#read();
  }

  #read(): void {
    const taken = this.#taken;
    this.#taken = null;
    taken?.();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    if (this.other?.deliver(chunk, done) !== true) done();
  }

  override _final(done: Done): void {
    this.other?.push(null);
    done();
  }

  /**
   * One that is destroyed before it has ended cuts the other: it must not look like an end. One that has ended, and
   * wants nothing more, as a server that closes behind its answer, takes what still comes for nothing.
   */
  override _destroy(error: Error | null, done: Done): void {
    const { other } = this;
    this.other = null;
    if (other !== null) other.other = null;
    if (error === null && this.writableFinished) this.#read();
    else if (other !== null && !other.destroyed) {
      other.destroy(error ?? new TsmpiError('ERR_CONNECTOR', 'the connection was cut'));
    }
    done(error);
  }

  /** True when `done` is called later. */
  deliver(chunk: Buffer, done: Done): boolean {
    if (this.destroyed || this.push(chunk)) return false;
    this.#taken = done;
    return true;
  }
}

export function duplexPair(): readonly [Duplex, Duplex] {
  const [one, other] = [new End(), new End()];
  [one.other, other.other] = [other, one];
  return [one, other];
}
