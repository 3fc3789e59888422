/**
 * The sandbox's end of gRPC, on node's own HTTP/2: one connection, a few streams, no TLS. A general client costs each
 * of the sandboxes that start at once more than all else that an agent loads; the launcher's end is `@grpc/grpc-js`.
 *
 * The wire: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { controlMessageBytesMax } from '../core/limits.ts';

/** How a call ended: gRPC's status code, and words that say more. */
export interface CallStatus {
  readonly code: number;
  readonly details: string;
}

/** The codes of gRPC that this end gives itself. */
export const StatusCode = { ok: 0, unknown: 2, resourceExhausted: 8, internal: 13, unavailable: 14 } as const;

export interface CallEvents {
  /** One message; the bytes are the receiver's own. */
  message(bytes: Buffer): void;
  /** After `write` returned false: the call takes messages again. */
  drain(): void;
  /** The call is over, once; no event follows. */
  ended(status: CallStatus): void;
}

/** A message's header: u8 compressed (never), u32 length. */
const prefixBytes = 5;

/** One connection to the launcher. It is not made again once it broke: every call on it ends. */
export class Channel {
  readonly #session: ClientHttp2Session;
  #failure = '';

  constructor(path: string) {
    this.#session = connect('http://rendezvous', {
      createConnection: () => connectSocket(path),
      settings: { enablePush: false },
    });
    // Told by each call on it.
    this.#session.on('error', (error: Error) => {
      this.#failure = error.message;
    });
  }

  call(path: string, events: CallEvents): Call {
    return new Call(this.#session, path, events, () => this.#failure);
  }

  /** Closes the connection when the calls on it are over. Idempotent. */
  close(): void {
    this.#session.close();
  }
}

/** One call: messages in both directions, as many as either side likes. */
export class Call {
  readonly #events: CallEvents;
  readonly #stream: ClientHttp2Stream | null = null;
  readonly #connectionFailure: () => string;
  readonly #decoder = new MessageDecoder();
  #status: CallStatus | null = null;
  #failure = '';
  #isOver = false;

  constructor(session: ClientHttp2Session, path: string, events: CallEvents, connectionFailure: () => string) {
    this.#events = events;
    this.#connectionFailure = connectionFailure;
    // A connection that is gone takes no call.
    if (session.destroyed || session.closed) {
      process.nextTick(() => {
        this.#end();
      });
      return;
    }
    const stream = session.request(
      { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
      { endStream: false },
    );
    this.#stream = stream;
    const head = (headers: Readonly<Record<string, unknown>>): void => {
      this.#status = statusOf(headers) ?? this.#status;
    };
    // A call that fails at once has its status where else the response begins.
    stream.on('response', head);
    stream.on('trailers', head);
    stream.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    stream.on('drain', () => {
      if (!this.#isOver) this.#events.drain();
    });
    stream.on('error', (error: Error) => {
      this.#failure = error.message;
    });
    // The service has had its last word, whether or not this side has.
    stream.on('end', () => {
      if (!stream.writableEnded) this.cancel();
      this.#end();
    });
    stream.on('close', () => {
      this.#end();
    });
  }

  /** Sends one message, which must not be changed afterwards. False: wait for `drain` before sending more. */
  write(message: Uint8Array): boolean {
    const stream = this.#stream;
    if (stream === null || this.#isOver || stream.writableEnded || stream.destroyed) return true;
    const framed = Buffer.allocUnsafe(prefixBytes + message.byteLength);
    framed[0] = 0;
    framed.writeUInt32BE(message.byteLength, 1);
    framed.set(message, prefixBytes);
    return stream.write(framed);
  }

  /** Sends no more; messages still come. */
  end(): void {
    this.#stream?.end();
  }

  /** Gives the call up. */
  cancel(): void {
    if (!this.#isOver) this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  #receive(chunk: Buffer): void {
    for (const message of this.#decoder.push(chunk)) {
      if (this.#isOver) return;
      this.#events.message(message);
    }
    const { refusal } = this.#decoder;
    if (refusal === null || this.#isOver) return;
    this.#status = refusal;
    this.cancel();
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const why = this.#failure || this.#connectionFailure() || 'the connection is closed';
    this.#events.ended(this.#status ?? { code: StatusCode.unavailable, details: why });
  }
}

function statusOf(headers: Readonly<Record<string, unknown>>): CallStatus | null {
  const { 'grpc-status': code, 'grpc-message': words = '', ':status': http } = headers;
  if (code !== undefined) return { code: Number(code), details: decoded(String(words)) };
  // Without a gRPC status, anything but HTTP's 200 is not gRPC that answers.
  if (typeof http === 'number' && http !== 200)
    return { code: StatusCode.unknown, details: `HTTP status ${String(http)}` };
  return null;
}

/** `grpc-message` is percent-encoded; words that are not are shown as they came. */
function decoded(words: string): string {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}

/** Cuts what comes on a call into messages. A length is refused as soon as it is read. */
class MessageDecoder {
  #pending: Buffer = Buffer.alloc(0);
  #refusal: CallStatus | null = null;

  /** Set when the other side sent what it must not send; nothing is decoded any more. */
  get refusal(): CallStatus | null {
    return this.#refusal;
  }

  push(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    if (this.#refusal !== null) return messages;
    let rest = this.#pending.byteLength === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (rest.byteLength >= prefixBytes) {
      const bytes = rest.readUInt32BE(1);
      this.#refusal = refusalOf(rest[0] ?? 0, bytes);
      if (this.#refusal !== null) return messages;
      if (rest.byteLength < prefixBytes + bytes) break;
      messages.push(rest.subarray(prefixBytes, prefixBytes + bytes));
      rest = rest.subarray(prefixBytes + bytes);
    }
    this.#pending = rest;
    return messages;
  }
}

function refusalOf(compressed: number, bytes: number): CallStatus | null {
  if (compressed !== 0) return { code: StatusCode.internal, details: 'a compressed message, which nobody agreed on' };
  if (bytes <= controlMessageBytesMax) return null;
  const details = `a message of ${String(bytes)} bytes, at most ${String(controlMessageBytesMax)}`;
  return { code: StatusCode.resourceExhausted, details };
}
