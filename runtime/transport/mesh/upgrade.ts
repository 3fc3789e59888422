/**
 * The dialler's half of RFC 6455's opening handshake, on a socket. A job of 32 sandboxes opens 496 links at once, and
 * node's HTTP client costs many times what the few lines of an upgrade do; `ws` takes over from there.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { handshakeHeaderBytesMax } from '../../core/limits.ts';

/** What came of an upgrade. `again`: the socket, not the answer, is to blame. */
export type Upgrade =
  | {
      readonly is: 'upgraded';
      readonly header: (name: string) => string;
      /** What came behind the answer. */
      readonly rest: Buffer;
      /** What is wrong with the answer by the RFC, in words; empty when nothing is. */
      readonly flaw: string;
    }
  | { readonly is: 'refused'; readonly status: number; readonly words: string }
  | { readonly is: 'failed'; readonly error: NodeJS.ErrnoException };

/** RFC 6455, section 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Of a refusal's body. */
const wordsBytesMax = 1024;
const endOfHead = '\r\n\r\n';

/**
 * Asks the listener at the other end of `socket` for a WebSocket at `path`. The socket may still be connecting. When it
 * is upgraded, whoever called owns the socket, paused; else it is destroyed. Never rejects.
 */
export function upgrade(
  socket: Socket,
  path: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Upgrade> {
  return new Promise((resolve) => {
    const key = randomBytes(16).toString('base64');
    let pending: Buffer = Buffer.alloc(0);
    const settle = (outcome: Upgrade): void => {
      clearTimeout(late);
      for (const [event, listener] of listeners) socket.off(event, listener as () => void);
      if (outcome.is !== 'upgraded') {
        socket.on('error', () => undefined);
        socket.destroy();
      }
      resolve(outcome);
    };
    const fail = (message: string, code?: string): void => {
      settle({ is: 'failed', error: Object.assign(new Error(message), code === undefined ? {} : { code }) });
    };
    const over = (): void => {
      const refusal = readRefusal(pending);
      if (refusal === null) fail('the listener hung up', 'ECONNRESET');
      else settle(refusal);
    };
    const listeners: readonly (readonly [string, (value: never) => void])[] = [
      ['error', (error: NodeJS.ErrnoException) => settle({ is: 'failed', error })],
      ['end', over],
      ['close', over],
      [
        'data',
        (chunk: Buffer) => {
          pending = Buffer.concat([pending, chunk]);
          const outcome = judge(pending, key);
          if (outcome === null) return;
          if (outcome.is === 'upgraded') socket.pause();
          settle(outcome);
        },
      ],
    ];
    const late = setTimeout(() => {
      fail('the handshake took too long');
    }, timeoutMs);
    for (const [event, listener] of listeners) socket.on(event, listener as () => void);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: mesh\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${lines.join('')}\r\n`,
      'latin1',
    );
  });
}

/** The outcome that `answer` shows so far; null while it does not show one. */
function judge(answer: Buffer, key: string): Upgrade | null {
  const end = answer.indexOf(endOfHead);
  if (end < 0 || end > handshakeHeaderBytesMax) {
    return answer.byteLength > handshakeHeaderBytesMax ? failed('the answer has too long a head') : null;
  }
  const head = readHead(answer.toString('latin1', 0, end));
  if (head === null) return failed('the answer is not HTTP/1.1');
  if (head.status !== 101) return answer.byteLength - end > wordsBytesMax ? readRefusal(answer) : null;
  const rest = answer.subarray(end + endOfHead.length);
  return { is: 'upgraded', header: head.header, rest, flaw: flawOf(head.header, key) };
}

function flawOf(header: (name: string) => string, key: string): string {
  const expected = createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64');
  if (header('upgrade').toLowerCase() !== 'websocket') return 'the answer upgrades to something else';
  if (header('sec-websocket-accept') !== expected) return 'the answer is not to this request';
  if (header('sec-websocket-extensions') + header('sec-websocket-protocol') === '') return '';
  return 'the answer agrees to what nobody asked for';
}

function readRefusal(answer: Buffer): Upgrade | null {
  const end = answer.indexOf(endOfHead);
  const head = end < 0 ? null : readHead(answer.toString('latin1', 0, end));
  if (head === null || head.status === 101) return null;
  const from = end + endOfHead.length;
  return { is: 'refused', status: head.status, words: answer.toString('utf8', from, from + wordsBytesMax) };
}

function readHead(text: string): { status: number; header: (name: string) => string } | null {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return null;
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), header: (name) => headers.get(name) ?? '' };
}

function failed(message: string): Upgrade {
  return { is: 'failed', error: new Error(message) };
}
