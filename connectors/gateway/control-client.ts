/** A gateway of another process, at its inner door. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Answered, ask } from '../wire/ask.ts';
import { FramedStream } from '../wire/framed-stream.ts';
import { documentOf } from '../wire/frames.ts';
import { handshakeTimeoutMs } from '../wire/limits.ts';
import type { OfferedResource } from '../wire/registration.ts';
import type { Gateway, Revocation } from './gateway.ts';
import type { Opener } from './job-door.ts';
import type { JobIdentity, Opening } from './opening.ts';

const where = 'gateway';
const remedy = 'start one with tsmpi gateway, or leave --gateway out';

/** A job's place at a gateway apart: it is there as long as its connection is. */
export class RemoteGateway implements Opener {
  readonly #path: string;
  readonly #life: Socket;
  readonly #key: string;
  readonly offers: readonly OfferedResource[];

  /** Rejects as `Gateway.offers`, and with ERR_CONNECTOR where no gateway is at `path`. */
  static async join(
    path: string,
    { id, name }: JobIdentity,
    resources: readonly string[],
    signal: AbortSignal,
  ): Promise<RemoteGateway> {
    return new RemoteGateway(path, await ask(path, { do: 'join', id, name, resources }, { where, remedy, signal }));
  }

  private constructor(path: string, { socket, answer }: Answered) {
    [this.#path, this.#life] = [path, socket];
    this.#key = String(answer['key']);
    this.offers = answer['offers'] as readonly OfferedResource[];
    socket.resume();
  }

  async open({ rank, resource, signal, sharedBy }: Opening): Promise<Duplex> {
    const question = { do: 'open', key: this.#key, rank, resource, sharedBy };
    const { socket, reader, more } = await ask(this.#path, question, { where: resource, signal });
    return new FramedStream(socket, resource, reader, more);
  }

  leave(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#life.destroyed) resolve();
      else this.#life.once('close', () => resolve()).destroy();
    });
  }
}

export async function askStatus(path: string): Promise<ReturnType<Gateway['status']>> {
  const signal = AbortSignal.timeout(handshakeTimeoutMs);
  const { socket, answer, reader, more } = await ask(path, { do: 'status' }, { where, signal });
  let text = String(answer['text']);
  for (const frame of more) text += String(documentOf(frame)['text']);
  for await (const bytes of socket) {
    for (const frame of reader.read(bytes as Buffer)) text += String(documentOf(frame)['text']);
  }
  return JSON.parse(text) as ReturnType<Gateway['status']>;
}

/** How many streams have ended. */
export async function askRevoke(path: string, revocation: Revocation): Promise<number> {
  const signal = AbortSignal.timeout(handshakeTimeoutMs);
  const { socket, answer } = await ask(path, { do: 'revoke', ...revocation }, { where, signal });
  socket.destroy();
  return Number(answer['streams']);
}
