/** A unix socket at which each connection begins with a question, and mostly becomes a stream. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import { firstFrames } from '../wire/first-frames.ts';
import { FramedStream } from '../wire/framed-stream.ts';
import { documentFrame, documentOf, FrameKind, FrameReader, type StreamFrame } from '../wire/frames.ts';
import { joinStreams } from '../wire/join-streams.ts';

export type Asked = Readonly<Record<string, unknown>>;

/** A connection that has asked. */
export interface Asking {
  readonly socket: Socket;
  readonly asked: Asked;
  readonly reader: FrameReader;
  /** What has come behind the question. */
  readonly more: readonly StreamFrame[];
}

export class StreamDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Who asks nothing is cut off; what `answer` rejects with is the answer. */
  constructor(answer: (asking: Asking) => Promise<void>, connectionsMax?: number) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
      question(socket)
        .then((asking) => answer(asking).catch((error: unknown) => refuse(socket, error as Error)))
        .catch(() => socket.destroy());
    });
    // The kernel holds the rest back.
    if (connectionsMax !== undefined) this.#server.maxConnections = connectionsMax;
  }

  /** Rejects as the server does. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/**
 * Opens what is asked for, and joins it with the connection to the end of both. Rejects when it cannot be opened;
 * resolves with the error by which it was cut, unless who asked has cut it.
 */
export async function passStream(
  { socket, reader, more }: Asking,
  resource: string,
  open: (signal: AbortSignal) => Promise<Duplex>,
): Promise<Error | null> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  socket.once('close', onClose);
  const stream = await open(gone.signal);
  socket.off('close', onClose);
  socket.write(documentFrame(FrameKind.answer, { code: null }));
  const asker = new FramedStream(socket, resource, reader, more);
  let own: Error | null = null;
  asker.once('error', (error) => {
    if (stream.errored === null) own = error;
  });
  const failure = await joinStreams(asker, stream);
  return failure === own ? null : failure;
}

async function question(socket: Socket): Promise<Asking> {
  const reader = new FrameReader();
  const [first, ...more] = await firstFrames(socket, reader);
  if (first?.kind !== FrameKind.ask) throw new TsmpiError('ERR_PROTOCOL', 'a question comes first');
  return { socket, asked: documentOf(first), reader, more };
}

function refuse(socket: Socket, error: Error): void {
  const code = isTsmpiError(error) ? error.code : 'ERR_CONNECTOR';
  socket.end(documentFrame(FrameKind.answer, { code, reason: error.message }));
  socket.resume();
}
