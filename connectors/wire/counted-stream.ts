/**
 * One stream of an HTTP/2 session as a Duplex whose two directions end well only with a trailer that counts their
 * bytes. A session that is cut ends its streams like a file (`end`, no error) where the other side was done already:
 * the trailer is what tells the two apart.
 */
import { constants, type ClientHttp2Stream, type Http2Stream, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { streamBufferBytes } from './limits.ts';
import { cutError, withoutCode } from './messages.ts';
import { Pace } from './pace.ts';
import { WriteAhead } from './write-ahead.ts';

type Done = (error?: Error | null) => void;

/** Name of the trailer. */
const sentTrailer = 'x-tsmpi-sent';
/** Why a stream is cut, in place of the count. */
const cutTrailer = 'x-tsmpi-cut';

export class CountedStream extends Duplex {
  readonly #stream: Http2Stream;
  readonly #ahead: WriteAhead;
  readonly #resource: string;
  readonly #sending = new Pace();
  readonly #receiving = new Pace();
  #sent = 0;
  #received = 0;
  #hasTrailers = false;
  #ended = false;
  #finished = false;
  /** To be called when the count is out. */
  #final: Done = () => undefined;
  #cutBy: Error | null = null;

  /** The stream must be opened (or answered) with `waitForTrailers`. */
  constructor(stream: ClientHttp2Stream | ServerHttp2Stream, resource: string) {
    super({ allowHalfOpen: true, highWaterMark: streamBufferBytes });
    [this.#stream, this.#resource, this.#ahead] = [stream, resource, new WriteAhead(stream)];
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
    stream.once('end', () => {
      // Its trailers come in the same turn, where there are any.
      setImmediate(() => {
        if (!this.#hasTrailers && !this.destroyed) this.destroy(this.#cut('the stream ended without a count'));
      });
    });
    stream.on('trailers', (trailers: Readonly<Record<string, unknown>>) => this.#trailers(trailers));
    stream.on('wantTrailers', () => {
      stream.sendTrailers(
        this.#cutBy === null
          ? { [sentTrailer]: String(this.#sent) }
          : { [cutTrailer]: safe(withoutCode(this.#cutBy.message)) },
      );
      this.#final();
    });
    stream.on('error', (error: Error) => this.destroy(this.#cut(error.message)));
    stream.on('aborted', () => this.destroy(this.#cut('the stream was reset')));
    stream.on('close', () => {
      if (!this.#ended || !this.#finished) this.destroy(this.#cut('the session was cut'));
    });
    stream.pause();
  }

  get bytesSent(): number {
    return this.#sent;
  }

  get bytesReceived(): number {
    return this.#received;
  }

  /** No more than so many bytes a second from now on, each way; Infinity: as fast as they come. */
  limit(bytesPerSecond: number): void {
    this.#sending.limit(bytesPerSecond);
    this.#receiving.limit(bytesPerSecond);
  }

  /** True while a limit holds it back. */
  get isHeldBack(): boolean {
    return this.#sending.isWaiting || this.#receiving.isWaiting;
  }

  override _read(): void {
    this.#receiving.whenPaid(() => this.#stream.resume());
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    this.#sending.whenPaid(() => {
      this.#sending.charge(chunk.byteLength);
      this.#sent += chunk.byteLength;
      this.#ahead.write(chunk, done);
    });
  }

  override _final(done: Done): void {
    this.#finished = true;
    this.#final = done;
    this.#stream.end();
  }

  override _destroy(error: Error | null, done: Done): void {
    const stream = this.#stream;
    this.#sending.end();
    this.#receiving.end();
    if (error === null && this.#finished && this.#ended) {
      // Both counts are out: it closes by itself.
    } else if (error === null || this.#finished || stream.destroyed) {
      if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
    } else {
      this.#cutBy = error;
      stream.end();
      // The far side's data is not wanted; its end is, so that the stream can close.
      stream.resume();
      const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), 1000);
      stream.once('close', () => clearTimeout(timer));
    }
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.destroyed) return;
    this.#received += bytes.byteLength;
    // Before it is passed on: the reader may ask for more at once.
    if (this.#receiving.charge(bytes.byteLength)) this.#stream.pause();
    if (!this.push(bytes)) this.#stream.pause();
  }

  #trailers(trailers: Readonly<Record<string, unknown>>): void {
    this.#hasTrailers = true;
    const { [sentTrailer]: sent, [cutTrailer]: why } = trailers;
    if (typeof why === 'string') {
      this.destroy(new TsmpiError('ERR_CONNECTOR', why, { where: this.#resource }));
      return;
    }
    // They come behind all data, which may still wait for its reader.
    const check = (): void => {
      if (this.destroyed) return;
      if (sent !== String(this.#received)) {
        this.destroy(this.#cut(`${String(this.#received)} bytes came of ${String(sent)}`));
        return;
      }
      this.#ended = true;
      this.push(null);
    };
    if (this.#stream.readableEnded) check();
    else this.#stream.once('end', check);
  }

  #cut(why: string): TsmpiError {
    return cutError(this.#resource, why, this);
  }
}

/** What an HTTP header may hold. */
function safe(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?').slice(0, 500);
}
