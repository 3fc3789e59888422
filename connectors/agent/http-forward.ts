/** Requests of HTTP/1.1 that go on to a server behind the agent, and its answers: of kinds that speak HTTP there. */
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { badField, textOf } from '../wire/checked-fields.ts';
import { agentStreamsMax, targetTimeoutMs } from '../wire/limits.ts';

type Fields = Readonly<Record<string, unknown>>;

/** They concern one connection, and are not passed on (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Where a request goes on to, and what happens when it cannot. */
export interface Onward {
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  /** Of its answer: what the rank is not to see. */
  readonly hidden?: ReadonlySet<string>;
  /** Answers in place of the server, in words that name no address. */
  readonly failed: (reason: string) => void;
}

export class HttpForward {
  readonly #base: URL;
  readonly #client: http.Agent;

  /** `ca`: PEM, where the server's certificate is signed by an authority of its own. */
  constructor(base: URL, ca: string | undefined) {
    this.#base = base;
    const pool = { keepAlive: true, maxSockets: agentStreamsMax };
    this.#client =
      base.protocol === 'https:'
        ? new https.Agent({ ...pool, ...(ca === undefined ? {} : { ca }) })
        : new http.Agent(pool);
  }

  close(): void {
    this.#client.destroy();
  }

  pass(request: http.IncomingMessage, response: http.ServerResponse, onward: Onward): void {
    const { protocol, hostname, port } = this.#base;
    const { path, headers, hidden, failed } = onward;
    const options = { protocol, hostname, port, path, headers, agent: this.#client, method: request.method };
    const further = (protocol === 'https:' ? https : http).request(options);
    // Until it is connected: an answer may take as long as it wants.
    const late = setTimeout(() => further.destroy(new Error('no answer')), targetTimeoutMs);
    further.once('close', () => clearTimeout(late));
    further.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => clearTimeout(late));
      else clearTimeout(late);
    });
    further.once('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy();
      else failed(`its target cannot be reached (${error.code ?? error.message})`);
    });
    further.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, keptHeaders(answer.rawHeaders, hidden));
      answer.pipe(response);
      // What breaks off there breaks off here: it must not look whole.
      answer.once('close', () => {
        if (!answer.complete) response.destroy();
      });
    });
    request.pipe(further);
    request.once('close', () => {
      if (!request.complete) further.destroy();
    });
    response.once('close', () => {
      if (!response.writableFinished) further.destroy();
    });
  }
}

/** Headers without those of the connection, and without those in `hidden` (in small letters). */
export function keptHeaders(raw: readonly string[], hidden?: ReadonlySet<string>): Record<string, string[]> {
  const kept: Record<string, string[]> = {};
  const named = new Set(hopByHop);
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== 'connection') continue;
    for (const name of (raw[at + 1] ?? '').split(',')) named.add(name.trim().toLowerCase());
  }
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (named.has(name) || hidden?.has(name) === true) continue;
    (kept[name] ??= []).push(raw[at + 1] ?? '');
  }
  return kept;
}

/** Where a request goes, below the base; null for one that leads elsewhere, however it is written. */
export function pathBelow(base: URL, asked: string): string | null {
  if (!asked.startsWith('/') || asked.startsWith('//')) return null;
  let text = asked.split('?', 1).join('');
  // A server behind the base may decode once more than the one before it.
  for (let turn = 0; turn < 3; turn += 1) {
    if (/[\\\0]|(?:^|\/)\.\.(?:\/|$)/u.test(text)) return null;
    try {
      text = decodeURIComponent(text);
    } catch {
      return turn === 0 ? null : `${base.pathname.replace(/\/$/u, '')}${asked}`;
    }
  }
  return `${base.pathname.replace(/\/$/u, '')}${asked}`;
}

/** The base URL under a key. */
export function baseIn(fields: Fields, key: string, place: string): URL {
  const text = textOf(fields, key, place);
  const base = URL.canParse(text) ? new URL(text) : null;
  const isPlain = base?.search === '' && base.hash === '' && base.username === '' && base.password === '';
  if (base !== null && isPlain && /^https?:$/u.test(base.protocol)) return base;
  // Without the text: somebody may have written a password into it.
  throw badField(place, `${key} is no base URL`, 'write http:// or https://, a host and a path, without credentials');
}

/** The PEM in the file that `ca` names, if it is there. */
export function certificateIn(fields: Fields, place: string): string | undefined {
  if (fields['ca'] === undefined) return undefined;
  try {
    return readFileSync(textOf(fields, 'ca', place), 'utf8');
  } catch (error) {
    throw badField(place, `ca cannot be read (${(error as NodeJS.ErrnoException).code ?? '?'})`, 'name a PEM file');
  }
}
