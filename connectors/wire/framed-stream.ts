/**
 * One stream over a unix socket of its own, as a Duplex. Each direction ends well only with the count of its bytes:
 * a socket that closes before is a cut, and never an end of file.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import {
  countOf,
  documentFrame,
  documentOf,
  endFrame,
  FrameKind,
  FrameReader,
  headOf,
  type StreamFrame,
} from './frames.ts';
import { dataBytesMax, streamBufferBytes } from './limits.ts';
import { cutError, withoutFront } from './messages.ts';
import { WriteAhead } from './write-ahead.ts';

type Done = (error?: Error | null) => void;

export class FramedStream extends Duplex {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #ahead: WriteAhead;
  readonly #resource: string;
  /** Written in this turn. */
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #sent = 0;
  #received = 0;
  /** The end has come, and is out. */
  #ended = false;
  #finished = false;
  /** Lines of a stack, put behind that of an error by which the stream ends. */
  openedAt = '';

  /**
   * `reader`: what has read the socket so far; `first`: bytes behind that, which are read already, and may have ended
   * it by an error.
   */
  constructor(socket: Socket, resource: string, reader = new FrameReader(), first: readonly StreamFrame[] = []) {
    super({ allowHalfOpen: true, highWaterMark: streamBufferBytes, emitClose: true });
    [this.#socket, this.#resource, this.#reader] = [socket, resource, reader];
    this.#ahead = new WriteAhead(socket);
    socket.on('data', (bytes: Buffer) => this.#takeFrames(this.#reader.read(bytes)));
    socket.on('error', (error) => this.destroy(this.#cut(error.message)));
    socket.on('close', () => this.#closed());
    socket.on('end', () => this.#closed());
    this.#takeFrames(first);
  }

  /** Itself, or throws by what it has ended already. */
  unlessCut(): this {
    if (this.errored === null) return this;
    this.on('error', () => undefined);
    throw this.errored;
  }

  get bytesSent(): number {
    return this.#sent;
  }

  get bytesReceived(): number {
    return this.#received;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: Done): void {
    // What comes in one turn of the event loop leaves as one frame: an HTTP/2 session gives 16 KiB at a time.
    if (this.#batch.length === 0) setImmediate(() => this.#flush());
    this.#batch.push(chunk);
    this.#batchBytes += chunk.byteLength;
    if (this.#ahead.hasRoomFor(this.#batchBytes)) done();
    else this.#flush(done);
  }

  override _final(done: Done): void {
    this.#flush();
    this.#socket.write(endFrame(this.#sent), (error) => {
      this.#finished = true;
      done(error ?? null);
      this.#endBoth();
    });
  }

  override _destroy(error: Error | null, done: Done): void {
    if (error !== null && !this.#socket.destroyed && this.#socket.writable) {
      // What is said may not arrive; that there is no end is enough.
      this.#socket.end(documentFrame(FrameKind.cut, { reason: reasonOf(error), code: codeOf(error) }));
      this.#socket.resume();
    } else this.#socket.destroy();
    if (error?.stack !== undefined) error.stack += this.openedAt;
    done(error);
  }

  #flush(done?: Done): void {
    const [batch, bytes] = [this.#batch, this.#batchBytes];
    [this.#batch, this.#batchBytes] = [[], 0];
    if (this.destroyed) return;
    if (bytes > 0) {
      this.#sent += bytes;
      this.#socket.cork();
      const pieces = bytes <= dataBytesMax ? [batch] : batch.flatMap(piecesOf).map((piece) => [piece]);
      for (const frame of pieces) {
        this.#socket.write(
          headOf(
            FrameKind.data,
            frame.reduce((sum, { byteLength }) => sum + byteLength, 0),
          ),
        );
        for (const piece of frame) this.#ahead.add(piece);
      }
      this.#socket.uncork();
    }
    if (done !== undefined) this.#ahead.ready(done);
  }

  #takeFrames(frames: Iterable<StreamFrame>): void {
    try {
      for (const frame of frames) this.#frame(frame);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #frame(frame: StreamFrame): void {
    if (this.destroyed) return;
    // Who has sent all may still take nothing more.
    if (this.#ended && frame.kind !== FrameKind.cut) throw this.#cut('something came behind the end');
    switch (frame.kind) {
      case FrameKind.data:
        this.#received += frame.payload.byteLength;
        if (!this.push(frame.payload)) this.#socket.pause();
        return;
      case FrameKind.end: {
        const count = countOf(frame);
        if (count !== this.#received) {
          throw this.#cut(`${String(this.#received)} bytes came of ${String(count)}`);
        }
        this.#ended = true;
        this.push(null);
        this.#endBoth();
        return;
      }
      case FrameKind.cut: {
        const { reason } = documentOf(frame);
        const why = typeof reason === 'string' ? withoutFront(reason, this.#resource) : 'cut';
        throw new TsmpiError('ERR_CONNECTOR', why, { where: this.#resource });
      }
      default:
        throw this.#cut(`a frame of kind ${String(frame.kind)} among data`);
    }
  }

  #closed(): void {
    if (!this.#ended || !this.#finished) this.destroy(this.#cut('the connection to the gateway was cut'));
  }

  #endBoth(): void {
    if (this.#ended && this.#finished) this.#socket.destroySoon();
  }

  #cut(why: string): TsmpiError {
    return cutError(this.#resource, why, this);
  }
}

function piecesOf(chunk: Buffer): Buffer[] {
  if (chunk.byteLength === 0) return [];
  if (chunk.byteLength <= dataBytesMax) return [chunk];
  const pieces: Buffer[] = [];
  for (let at = 0; at < chunk.byteLength; at += dataBytesMax) pieces.push(chunk.subarray(at, at + dataBytesMax));
  return pieces;
}

/** Node's word for a stream that is left in a loop, or in a pipeline, says little at the other end. */
function reasonOf({ name, message }: Error): string {
  return name === 'AbortError' ? 'closed before its end' : message;
}

function codeOf(error: Error): string {
  return isTsmpiError(error) ? error.code : 'ERR_CONNECTOR';
}
