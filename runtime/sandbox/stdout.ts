/** `process.stdout` and `process.stderr` of a rank: streams that write synchronously, as to a file. */
import { Writable } from 'node:stream';
import type { OutputWriter } from './output-writer.ts';

export class RankStdout extends Writable {
  readonly fd: 1 | 2;
  readonly #writer: OutputWriter;

  constructor(writer: OutputWriter, fd: 1 | 2) {
    // As node's own: ended, but never destroyed or closed, because the descriptor is not the stream's.
    super({ autoDestroy: false, emitClose: false });
    this.#writer = writer;
    this.fd = fd;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#writer.write(this.fd, chunk);
    callback();
  }
}
