import { connect } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { TsmpiError } from '../../core/errors.ts';
import { dialRetryMs, handshakeHeaderBytesMax, handshakeTimeoutMs } from '../../core/limits.ts';
import { claimDial, type DialClaim, MeshHeader, type MeshIdentity, meshPath } from './handshake.ts';
import type { WireEvents } from './wire.ts';
import { attachWsWire, wsOptions } from './ws-wire.ts';

/** Where to dial, and for how long to try. */
export interface DialTarget {
  readonly index: number;
  /** Path of the unix socket that sandbox `index` listens on. */
  readonly address: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a link to a sandbox with a lower index and proves who we are; `events.opened` has been called when it
 * resolves. A listener that is not there yet, or too busy, is tried again until `handshakeTimeoutMs` is over.
 * Rejects with ERR_DENIED in the listener's words, ERR_PROTOCOL, ERR_TIMEOUT or ERR_CANCELLED.
 */
export async function dial(self: MeshIdentity, target: DialTarget, events: WireEvents): Promise<void> {
  const deadline = performance.now() + handshakeTimeoutMs;
  for (;;) {
    target.signal.throwIfAborted();
    const failure = await attempt(self, target, events, deadline - performance.now());
    if (failure === null) return;
    if (!failure.again) throw failure.error;
    if (performance.now() + dialRetryMs >= deadline) throw timeout(self, target, failure.error);
    // Spread, so that diallers who were turned away together do not come back together.
    await delay(dialRetryMs * (0.5 + Math.random()), undefined, { signal: target.signal });
  }
}

/** Why an attempt failed; `again`: it may succeed later. */
interface Failure {
  readonly error: TsmpiError;
  readonly again: boolean;
}

function attempt(
  self: MeshIdentity,
  target: DialTarget,
  events: WireEvents,
  timeoutMs: number,
): Promise<Failure | null> {
  return new Promise((resolve) => {
    const claim = claimDial(self, target.index);
    const raw = connect(target.address);
    const socket = new WebSocket(`ws://mesh${meshPath}`, {
      ...wsOptions,
      headers: claim.headers,
      handshakeTimeout: Math.max(1, timeoutMs),
      maxHeaderSize: handshakeHeaderBytesMax,
      // Instead of a ws+unix URL, which cannot name every path.
      createConnection: () => raw,
      // A mask of zeros costs no pass over the data; masks protect proxies, and there are none on a unix socket.
      generateMask: zeroMask,
    });
    const stop = (): void => {
      socket.terminate();
    };
    const settle = (failure: Failure | null): void => {
      target.signal.removeEventListener('abort', stop);
      resolve(failure);
    };
    target.signal.addEventListener('abort', stop, { once: true });
    watch(socket, claim, self, target, settle);
    socket.once('open', () => {
      attachWsWire(socket, raw, events);
      settle(null);
    });
  });
}

function zeroMask(mask: Buffer): void {
  mask.fill(0);
}

/** Turns every way in which a handshake can fail into one `Failure`. */
function watch(
  socket: WebSocket,
  claim: DialClaim,
  self: MeshIdentity,
  target: DialTarget,
  settle: (failure: Failure | null) => void,
): void {
  socket.once('upgrade', (response) => {
    const proof = response.headers[MeshHeader.proof];
    if (typeof proof === 'string' && claim.proves(proof)) return;
    const what = 'the listener does not prove that it holds the mesh key of this job';
    settle({ error: failed('ERR_PROTOCOL', what, self, target), again: false });
    socket.terminate();
  });
  socket.once('unexpected-response', (_request, response) => {
    void readWords(response).then((words) => {
      const what = `refused with ${String(response.statusCode)}: ${words}`;
      settle({ error: failed('ERR_DENIED', what, self, target), again: false });
      socket.terminate();
    });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (target.signal.aborted) {
      settle({ error: failed('ERR_CANCELLED', 'the dial was cancelled', self, target), again: false });
      return;
    }
    // No socket yet, or a listener with no room: its queue is full, or it cut us before it looked.
    const again = ['ENOENT', 'ECONNREFUSED', 'EAGAIN', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
    settle({ error: failed('ERR_PROTOCOL', `the handshake failed: ${error.message}`, self, target, error), again });
  });
}

/** The first kilobyte of a refusal's body. */
async function readWords(response: IncomingMessage): Promise<string> {
  let words = '';
  try {
    for await (const piece of response) {
      words += String(piece);
      if (words.length > 1024) break;
    }
  } catch {
    // A body that breaks off leaves the words that came.
  }
  return words.slice(0, 1024);
}

function timeout(self: MeshIdentity, target: DialTarget, cause: TsmpiError): TsmpiError {
  const what = `no link after ${String(handshakeTimeoutMs)} ms; the last attempt: ${cause.message}`;
  return failed('ERR_TIMEOUT', what, self, target, cause);
}

function failed(
  code: 'ERR_DENIED' | 'ERR_PROTOCOL' | 'ERR_TIMEOUT' | 'ERR_CANCELLED',
  what: string,
  self: MeshIdentity,
  target: DialTarget,
  cause?: unknown,
): TsmpiError {
  const where = `mesh dial from sandbox ${String(self.index)} to ${String(target.index)} at ${target.address}`;
  return new TsmpiError(code, what, { where, cause });
}
