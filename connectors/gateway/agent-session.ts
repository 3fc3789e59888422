/** One session of an agent, of which the gateway is the HTTP/2 client, though the agent has dialled. */
import { randomBytes } from 'node:crypto';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { CountedStream } from '../wire/counted-stream.ts';
import { grantHeader, reasonHeader } from '../wire/grant-form.ts';
import type { AgentIdentity } from '../wire/identity.ts';
import { documentBytesMax, handshakeTimeoutMs, targetTimeoutMs } from '../wire/limits.ts';
import { parseRegistration, type Registration, registrationPath, streamsPath } from '../wire/registration.ts';
import { sessionOptions, watchOver } from '../wire/session-settings.ts';
import type { Opening } from './opening.ts';

export interface SessionEvents {
  /** At first, and when it has changed. */
  registered(session: AgentSession, registration: Registration): void;
  gone(session: AgentSession, why: string): void;
}

export class AgentSession {
  readonly identity: AgentIdentity;
  readonly address: string;
  readonly since = new Date();
  readonly #session: ClientHttp2Session;
  readonly #events: SessionEvents;
  #registration: Registration | null = null;
  #why = 'the agent closed its session';
  #open = 0;

  constructor(socket: TLSSocket, identity: AgentIdentity, events: SessionEvents) {
    [this.identity, this.#events] = [identity, events];
    this.address = `${socket.remoteAddress ?? '?'}:${String(socket.remotePort ?? 0)}`;
    this.#session = connect('https://agent', { ...sessionOptions, createConnection: () => socket });
    this.#session.on('error', (error: Error) => (this.#why = error.message));
    this.#session.on('close', () => this.#events.gone(this, this.#why));
    // An agent only answers.
    this.#session.on('stream', (stream: ClientHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
    this.#session.on('connect', () => watchOver(this.#session, socket, () => (this.#why = 'the agent is silent')));
    this.#readRegistrations();
  }

  get registration(): Registration | null {
    return this.#registration;
  }

  /** Streams that live. */
  get streams(): number {
    return this.#open;
  }

  get isUsable(): boolean {
    return this.#registration !== null && !this.#session.closed && !this.#session.destroyed;
  }

  /** Ends it; the agent hears why. */
  end(why: string): void {
    this.#why = why;
    if (this.#session.destroyed) return;
    this.#session.goaway(constants.NGHTTP2_REFUSED_STREAM, 0, Buffer.from(why));
    // What was said must be out first.
    setImmediate(() => this.#session.destroy());
  }

  /** Opens a stream. Rejects with ERR_DENIED when the agent refuses it, with ERR_CONNECTOR when it cannot be. */
  async open({ resource, signal }: Opening, grant: string): Promise<CountedStream> {
    const request = this.#session.request(
      { ':method': 'POST', ':path': streamsPath, [grantHeader]: grant },
      { endStream: false, waitForTrailers: true },
    );
    const stream = new CountedStream(request, resource);
    // Who waits for the answer hears of it.
    stream.on('error', () => undefined);
    this.#open += 1;
    request.once('close', () => (this.#open -= 1));
    const headers = await answerTo(request, signal);
    if (headers[':status'] === 200) return stream;
    const { [reasonHeader]: reason } = headers;
    stream.destroy();
    throw refusalOf(
      resource,
      headers[':status'],
      typeof reason === 'string' ? decodeURIComponent(reason) : 'no reason',
    );
  }

  #readRegistrations(): void {
    const request = this.#session.request({ ':method': 'GET', ':path': registrationPath });
    request.setEncoding('utf8');
    const late = setTimeout(() => this.end('the agent did not register'), handshakeTimeoutMs);
    let text = '';
    request.on('data', (piece: string) => {
      text += piece;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      if (text.length > 64 * documentBytesMax) this.end('a registration without an end');
      for (const line of lines) this.#register(line);
      clearTimeout(late);
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      clearTimeout(late);
      this.end(this.#why);
    });
  }

  #register(line: string): void {
    try {
      this.#registration = parseRegistration(line);
    } catch (error) {
      this.end((error as Error).message);
      return;
    }
    this.#events.registered(this, this.#registration);
  }
}

type Answer = IncomingHttpHeaders & IncomingHttpStatusHeader;

export function grantId(): string {
  return randomBytes(12).toString('base64url');
}

function answerTo(request: ClientHttp2Stream, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => fail('the agent does not answer'), targetTimeoutMs + handshakeTimeoutMs);
    const fail = (why: string): void => {
      reject(new TsmpiError('ERR_CONNECTOR', why));
      request.close(constants.NGHTTP2_CANCEL);
    };
    const onAbort = (): void => fail('the rank that asked is gone');
    const settle = (): void => {
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    request.once('response', (headers) => {
      settle();
      resolve(headers);
    });
    request.once('close', () => {
      settle();
      reject(new TsmpiError('ERR_CONNECTOR', 'the session was cut before the agent answered'));
    });
    if (signal.aborted) onAbort();
  });
}

function refusalOf(resource: string, status: number | undefined, reason: string): TsmpiError {
  const isDenied = status === 403 || status === 404 || status === 429;
  return new TsmpiError(isDenied ? 'ERR_DENIED' : 'ERR_CONNECTOR', `${reason} (said by the agent)`, {
    where: resource,
  });
}
