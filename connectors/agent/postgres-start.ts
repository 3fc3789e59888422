/**
 * The server's side of how a PostgreSQL session begins (protocol 3.0, «Start-up» in the PostgreSQL documentation,
 * 55.2): the little that the agent says itself before the database and the client speak to each other.
 */
import type { Duplex } from 'node:stream';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { handshakeTimeoutMs } from '../wire/limits.ts';
import { withoutCode } from '../wire/messages.ts';

/** How a client begins: it wants a session, or cancels what another one does. */
export type Started = { readonly parameters: ReadonlyMap<string, string> } | { readonly cancels: Buffer };

const Code = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 } as const;
/** PostgreSQL's own bound. */
const startBytesMax = 10_000;

/** Reads what a client sends first, and declines ciphers: the way here is one. Rejects with ERR_PROTOCOL. */
export async function startOf(client: Duplex): Promise<Started> {
  for (;;) {
    const packet = await packetOf(client);
    const code = packet.readInt32BE(0);
    const rest = packet.subarray(4);
    if (code === Code.tls || code === Code.gss) client.write('N');
    else if (code === Code.cancel) return { cancels: rest };
    else if (code >>> 16 === 3) return startWith(rest, code & 0xffff, client);
    else throw new TsmpiError('ERR_PROTOCOL', `a client of protocol ${String(code >>> 16)}, only 3 is spoken`);
  }
}

function startWith(rest: Buffer, minor: number, client: Duplex): Started {
  const words = rest.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; words[at] !== undefined && words[at] !== ''; at += 2) {
    parameters.set(words[at] ?? '', words[at + 1] ?? '');
  }
  if (parameters.has('replication')) throw new TsmpiError('ERR_PROTOCOL', 'replication is not passed on');
  // Minor versions from 1 on, and options of the protocol: there are none here.
  const unknown = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
  for (const name of unknown) parameters.delete(name);
  if (minor > 0 || unknown.length > 0) {
    const body = Buffer.alloc(8);
    body.writeInt32BE(unknown.length, 4);
    client.write(message('v', Buffer.concat([body, ...unknown.map((name) => Buffer.from(`${name}\0`))])));
  }
  return { parameters };
}

/** One packet, without its length; what comes behind it is left where it is. */
async function packetOf(client: Duplex): Promise<Buffer> {
  const length = (await exactly(client, 4)).readInt32BE(0);
  if (length < 8 || length > startBytesMax) throw new TsmpiError('ERR_PROTOCOL', 'this is no client of PostgreSQL');
  return exactly(client, length - 4);
}

/** Waits until the stream has so many bytes, and takes them. */
function exactly(client: Duplex, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      client.off('readable', look).off('end', fail).off('close', fail);
    };
    const fail = (): void => {
      settle();
      reject(new TsmpiError('ERR_PROTOCOL', 'the client said nothing that begins a session'));
    };
    const look = (): void => {
      const piece = client.read(bytes) as Buffer | null;
      if (piece === null) return;
      if (piece.byteLength < bytes) {
        fail();
        return;
      }
      settle();
      resolve(piece);
    };
    const timer = setTimeout(fail, handshakeTimeoutMs);
    client.on('readable', look).once('end', fail).once('close', fail);
    look();
  });
}

/** What a client says to cancel what a session does; `key`: the session's. */
export function cancelRequest(key: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.byteLength + key.byteLength, 0);
  head.writeInt32BE(Code.cancel, 4);
  return Buffer.concat([head, key]);
}

/** What a server says once a client is in: all is well, its settings, the session's key, ready. */
export function greeting(session: { readonly parameters: ReadonlyMap<string, string>; readonly key: Buffer }): Buffer {
  return Buffer.concat([
    message('R', Buffer.from([0, 0, 0, 0])),
    ...[...session.parameters].map(([name, value]) => message('S', Buffer.from(`${name}\0${value}\0`))),
    message('K', session.key),
    message('Z', Buffer.from('I')),
  ]);
}

/** A fatal error; `code` is one of SQLSTATE. */
export function errorMessage(code: string, text: string): Buffer {
  const words = withoutCode(text).replace(/\0/gu, '');
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${words}\0\0`));
}

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, kind);
  head.writeInt32BE(4 + body.byteLength, 1);
  return Buffer.concat([head, body]);
}
