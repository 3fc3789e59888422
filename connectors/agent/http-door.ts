/** A server of HTTP/1.1 for streams: what kinds that speak have in common. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { duplexPair } from './duplex-pair.ts';

export class HttpDoor {
  readonly #server: Server;

  constructor(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    // What a request carries may take as long as it wants.
    this.#server = createServer({ requestTimeout: 0 }, (request, response) => {
      try {
        answer(request, response);
      } catch {
        // A request that nobody thought of ends itself, and not the agent.
        response.destroy();
      }
    });
    // A request to be a proxy, or to speak something else.
    this.#server.on('connect', (_, socket) => socket.destroy());
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** The client's end of a connection to it. */
  connect(): Duplex {
    const [outer, inner] = duplexPair();
    inner.on('error', () => undefined);
    this.#server.emit('connection', inner);
    return outer;
  }
}

/** A short answer in words. */
export function say(
  response: ServerResponse,
  status: number,
  { reason, ...headers }: Readonly<Record<string, string>> & { readonly reason: string },
): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers });
  response.end(`${reason}\n`);
}

/** A document of XML: its root element. */
export function sendXml(
  response: ServerResponse,
  root: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${root}`);
}
