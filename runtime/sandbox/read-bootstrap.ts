/** Takes the bootstrap document from the pipe that the launcher has put under file descriptor 3. */
import { closeSync, readSync } from 'node:fs';
import { TsmpiError } from '../core/errors.ts';
import { startTimeoutMs } from '../core/limits.ts';
import { type Bootstrap, bootstrapBytesMax, parseBootstrap } from './bootstrap.ts';

const bootstrapFd = 3;
/** Between two looks at a pipe that was made non-blocking. */
const retryMs = 5;

/** Reads to the end and closes the descriptor, so that no rank can read the secrets again. Throws ERR_LAUNCH. */
export function readBootstrap(): Bootstrap {
  try {
    return parseBootstrap(readToEnd(bootstrapFd));
  } finally {
    try {
      closeSync(bootstrapFd);
    } catch {
      // It was never open: the read has said so.
    }
  }
}

function readToEnd(fd: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const deadline = Date.now() + startTimeoutMs;
  // One byte past the limit is enough to be refused by its length.
  for (let room = bootstrapBytesMax + 1; room > 0; ) {
    const piece = new Uint8Array(Math.min(room, 64 * 1024));
    const bytes = tryRead(fd, piece);
    if (bytes === 0) break;
    if (bytes < 0) {
      if (Date.now() > deadline) throw failure(`nothing came within ${String(startTimeoutMs)} ms`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
      continue;
    }
    pieces.push(piece.subarray(0, bytes));
    room -= bytes;
  }
  return Buffer.concat(pieces);
}

/** Bytes read, 0 at the end, -1 when there is nothing yet. */
function tryRead(fd: number, into: Uint8Array): number {
  try {
    return readSync(fd, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return -1;
    throw failure(`file descriptor ${String(fd)} cannot be read (${(error as Error).message})`);
  }
}

function failure(what: string): TsmpiError {
  return new TsmpiError('ERR_LAUNCH', what, {
    where: 'agent bootstrap',
    remedy: 'an agent is started by tsmpirun, not by hand',
  });
}
