/**
 * `http`: an API below a base URL. Requests of HTTP/1.1 go on to it, with headers that the agent adds (a key, say): the
 * rank never sees them, and reaches nothing beside or above the base.
 */
import { type IncomingMessage, type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import type { Duplex } from 'node:stream';
import { badField } from '../wire/checked-fields.ts';
import { HttpDoor, say } from './http-door.ts';
import { baseIn, certificateIn, HttpForward, keptHeaders, pathBelow } from './http-forward.ts';
import { secretFrom } from './secret.ts';
import type { Target, TargetKind } from './target.ts';

type Headers = Readonly<Record<string, string>>;

export const httpKind: TargetKind = {
  kind: 'http',
  keys: ['url', 'headers', 'ca'],
  parse: (fields, place) =>
    new HttpTarget(
      baseIn(fields, 'url', place),
      headersOf(fields['headers'] ?? {}, place),
      certificateIn(fields, place),
    ),
};

function headersOf(value: unknown, place: string): Headers {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badField(place, 'headers is no object');
  const headers = new Map<string, string>();
  for (const [name, given] of Object.entries(value)) {
    const text = secretFrom(given, `the header ${JSON.stringify(name)}`, place);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, text);
    } catch {
      throw badField(place, `the header ${JSON.stringify(name)} cannot be sent`);
    }
    headers.set(name.toLowerCase(), text);
  }
  return Object.fromEntries(headers);
}

class HttpTarget implements Target {
  readonly kind = 'http';
  readonly port = 8080;
  readonly #base: URL;
  readonly #headers: Headers;
  /** Names of its headers: an answer that repeats one does not get to the rank with it. */
  readonly #hidden: ReadonlySet<string>;
  readonly #door = new HttpDoor((request, response) => this.#pass(request, response));
  readonly #forward: HttpForward;

  constructor(base: URL, headers: Headers, ca: string | undefined) {
    [this.#base, this.#headers, this.#hidden] = [base, headers, new Set(Object.keys(headers))];
    this.#forward = new HttpForward(base, ca);
  }

  connect(): Promise<Duplex> {
    return Promise.resolve(this.#door.connect());
  }

  close(): void {
    this.#forward.close();
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const refuse = (status: number, reason: string): void => {
      say(response, status, { reason, connection: 'close' });
    };
    const path = pathBelow(this.#base, request.url ?? '');
    if (path === null) {
      refuse(400, 'the path leads out of the resource');
      return;
    }
    this.#forward.pass(request, response, {
      path,
      headers: { ...keptHeaders(request.rawHeaders, this.#hidden), ...this.#headers, host: this.#base.host },
      hidden: this.#hidden,
      failed: (reason) => {
        refuse(502, reason);
      },
    });
  }
}
