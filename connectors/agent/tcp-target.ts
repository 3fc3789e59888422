/** `tcp`: a host and a port, or the path of a unix socket. Bytes go through as they are. */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { HostPort } from '../wire/address.ts';
import { textOf } from '../wire/checked-fields.ts';
import { targetTimeoutMs } from '../wire/limits.ts';
import { type Target, targetAddress, type TargetKind } from './target.ts';

type Address = { readonly path: string } | HostPort;

export const tcpKind: TargetKind = {
  kind: 'tcp',
  keys: ['target'],
  parse: (fields, place) => new TcpTarget(addressOf(textOf(fields, 'target', place), place)),
};

/** `host:port`, `[::1]:port` or `/path`. */
function addressOf(text: string, place: string): Address {
  if (text.startsWith('/')) return { path: text };
  return targetAddress(text, place, 'the path of a unix socket');
}

class TcpTarget implements Target {
  readonly kind = 'tcp';
  readonly port: number;
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
    this.port = 'port' in address && address.port >= 1024 ? address.port : 10_000;
  }

  connect(signal: AbortSignal): Promise<Duplex> {
    return dial(this.#address, signal);
  }

  close(): void {
    // Connections end with their streams.
  }
}

/** Half-open: a stream whose one side has ended goes on with the other. */
function dial(address: Address, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
    const fail = (why: string): void => {
      socket.destroy();
      reject(new TsmpiError('ERR_CONNECTOR', `its target cannot be reached (${why})`));
    };
    const onAbort = (): void => fail('the stream was cut');
    const timer = setTimeout(() => fail(`no answer in ${String(targetTimeoutMs / 1000)} s`), targetTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle();
      // The code alone: the message names the address.
      fail(error.code ?? 'error');
    });
    socket.once('connect', () => {
      settle();
      socket.removeAllListeners('error');
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}
