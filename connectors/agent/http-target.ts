/**
 * `http`: an API below a base URL. Requests of HTTP/1.1 go on to it, with headers that the agent adds (a key, say): the
 * rank never sees them, and reaches nothing beside or above the base.
 */
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { badField, textOf } from '../wire/checked-fields.ts';
import { agentStreamsMax, targetTimeoutMs } from '../wire/limits.ts';
import { HttpDoor, say } from './http-door.ts';
import type { Target, TargetKind } from './target.ts';

type Headers = Readonly<Record<string, string>>;

export const httpKind: TargetKind = {
  kind: 'http',
  keys: ['url', 'headers', 'ca'],
  parse: (fields, place) => {
    const base = baseOf(textOf(fields, 'url', place), place);
    const ca = fields['ca'] === undefined ? undefined : certificateIn(textOf(fields, 'ca', place), place);
    return new HttpTarget(base, headersOf(fields['headers'] ?? {}, place), ca);
  },
};

function baseOf(text: string, place: string): URL {
  const base = URL.canParse(text) ? new URL(text) : null;
  const isPlain = base?.search === '' && base.hash === '' && base.username === '' && base.password === '';
  if (base !== null && isPlain && /^https?:$/u.test(base.protocol)) return base;
  const remedy = 'write http:// or https://, a host and a path; credentials go into headers';
  // Without the text: somebody may have written a password into it.
  throw badField(place, 'url is no base URL', remedy);
}

function headersOf(value: unknown, place: string): Headers {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badField(place, 'headers is no object');
  const headers = new Map<string, string>();
  for (const [name, text] of Object.entries(value)) {
    try {
      http.validateHeaderName(name);
      http.validateHeaderValue(name, text as string);
    } catch {
      throw badField(place, `the header ${JSON.stringify(name)} cannot be sent`);
    }
    headers.set(name.toLowerCase(), String(text));
  }
  return Object.fromEntries(headers);
}

function certificateIn(path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw badField(place, `ca cannot be read (${(error as NodeJS.ErrnoException).code ?? '?'})`, 'name a PEM file');
  }
}

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

class HttpTarget implements Target {
  readonly kind = 'http';
  readonly port = 8080;
  readonly #base: URL;
  readonly #headers: Headers;
  readonly #door = new HttpDoor((request, response) => this.#pass(request, response));
  readonly #client: http.Agent;

  constructor(base: URL, headers: Headers, ca: string | undefined) {
    [this.#base, this.#headers] = [base, headers];
    const pool = { keepAlive: true, maxSockets: agentStreamsMax };
    this.#client =
      base.protocol === 'https:'
        ? new https.Agent({ ...pool, ...(ca === undefined ? {} : { ca }) })
        : new http.Agent(pool);
  }

  connect(): Promise<Duplex> {
    return Promise.resolve(this.#door.connect());
  }

  close(): void {
    this.#client.destroy();
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = pathBelow(this.#base, request.url ?? '');
    if (path === null) {
      say(response, 400, { reason: 'the path leads out of the resource', connection: 'close' });
      return;
    }
    const { protocol, hostname, port } = this.#base;
    const options = {
      ...{ protocol, hostname, port, path, agent: this.#client, method: request.method },
      headers: { ...this.#kept(request.rawHeaders), ...this.#headers, host: this.#base.host },
    };
    const onward = (protocol === 'https:' ? https : http).request(options);
    // Until it is connected: an answer may take as long as it wants.
    const late = setTimeout(() => onward.destroy(new Error('no answer')), targetTimeoutMs);
    onward.once('close', () => clearTimeout(late));
    onward.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => clearTimeout(late));
      else clearTimeout(late);
    });
    onward.once('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy();
      else
        say(response, 502, {
          reason: `its target cannot be reached (${error.code ?? error.message})`,
          connection: 'close',
        });
    });
    onward.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, this.#kept(answer.rawHeaders));
      answer.pipe(response);
      // What breaks off there breaks off here: it must not look whole.
      answer.once('close', () => {
        if (!answer.complete) response.destroy();
      });
    });
    request.pipe(onward);
    request.once('close', () => {
      if (!request.complete) onward.destroy();
    });
    response.once('close', () => {
      if (!response.writableFinished) onward.destroy();
    });
  }

  /** Without those of the connection, and those that are the agent's to give. */
  #kept(raw: readonly string[]): Record<string, string[]> {
    const kept: Record<string, string[]> = {};
    const named = new Set(hopByHop);
    for (let at = 0; at < raw.length; at += 2) {
      if (raw[at]?.toLowerCase() !== 'connection') continue;
      for (const name of (raw[at + 1] ?? '').split(',')) named.add(name.trim().toLowerCase());
    }
    for (let at = 0; at < raw.length; at += 2) {
      const name = (raw[at] ?? '').toLowerCase();
      if (named.has(name) || Object.hasOwn(this.#headers, name)) continue;
      (kept[name] ??= []).push(raw[at + 1] ?? '');
    }
    return kept;
  }
}

/** Where a request goes, below the base; null for one that leads elsewhere, however it is written. */
function pathBelow(base: URL, asked: string): string | null {
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
