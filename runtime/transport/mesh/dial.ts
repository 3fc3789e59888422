import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { TsmpiError } from '../../core/errors.ts';
import { dialRetryMs, handshakeTimeoutMs } from '../../core/limits.ts';
import { claimDial, MeshHeader, type MeshIdentity, meshPath } from './handshake.ts';
import { upgrade } from './upgrade.ts';
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

async function attempt(
  self: MeshIdentity,
  target: DialTarget,
  events: WireEvents,
  timeoutMs: number,
): Promise<Failure | null> {
  const claim = claimDial(self, target.index);
  const socket = connect(target.address);
  const stop = (): void => {
    socket.destroy();
  };
  target.signal.addEventListener('abort', stop, { once: true });
  const outcome = await upgrade(socket, meshPath, claim.headers, Math.max(1, timeoutMs));
  target.signal.removeEventListener('abort', stop);
  if (target.signal.aborted) {
    socket.destroy();
    return { error: failed('ERR_CANCELLED', 'the dial was cancelled', self, target), again: false };
  }
  switch (outcome.is) {
    case 'failed': {
      const { error } = outcome;
      // No socket yet, or a listener with no room: its queue is full, or it cut us before it looked.
      const again = ['ENOENT', 'ECONNREFUSED', 'EAGAIN', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      return { error: failed('ERR_PROTOCOL', `the handshake failed: ${error.message}`, self, target, error), again };
    }
    case 'refused': {
      const what = `refused with ${String(outcome.status)}: ${outcome.words}`;
      return { error: failed('ERR_DENIED', what, self, target), again: false };
    }
    case 'upgraded': {
      const isPeer = claim.proves(outcome.header(MeshHeader.proof));
      if (isPeer && outcome.flaw === '') {
        takeOver(socket, outcome.rest, events);
        return null;
      }
      socket.destroy();
      const unproved = 'the listener does not prove that it holds the mesh key of this job';
      const what = isPeer ? `the handshake failed: ${outcome.flaw}` : unproved;
      return { error: failed('ERR_PROTOCOL', what, self, target), again: false };
    }
  }
}

/** What `ws` does itself once a handshake is over; its types do not show it. */
interface Upgraded {
  _isServer: boolean;
  setSocket(socket: Socket, rest: Buffer, options: object): void;
}

/** Makes the dialler's WebSocket of a socket that has been upgraded. `rest`: what came behind the answer. */
function takeOver(raw: Socket, rest: Buffer, events: WireEvents): void {
  // Without an address, and still with options: its types have no such form.
  const socket = new (WebSocket as unknown as new (address: null, protocols: undefined, options: object) => WebSocket)(
    null,
    undefined,
    wsOptions,
  );
  const upgraded = socket as unknown as Upgraded;
  // Made without an address it takes itself for the listener's end, which masks nothing.
  upgraded._isServer = false;
  // A mask of zeros costs no pass over the data; masks protect proxies, and there are none on a unix socket.
  upgraded.setSocket(raw, rest, { ...wsOptions, allowSynchronousEvents: true, generateMask: zeroMask });
  attachWsWire(socket, raw, events);
  raw.resume();
}

function zeroMask(mask: Buffer): void {
  mask.fill(0);
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
