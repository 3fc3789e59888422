/**
 * The inner door of a gateway: a unix socket, for this user alone, at which jobs of other processes join it, open
 * their streams, and at which its status is asked.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import { fieldsOf, textsIn } from '../wire/checked-fields.ts';
import { firstFrames } from '../wire/first-frames.ts';
import { FramedStream } from '../wire/framed-stream.ts';
import { documentFrame, documentOf, FrameKind, FrameReader, type StreamFrame } from '../wire/frames.ts';
import { joinStreams } from '../wire/join-streams.ts';
import type { Gateway, Revocation } from './gateway.ts';
import type { JobIdentity } from './opening.ts';

type Asked = Readonly<Record<string, unknown>>;

export class Control {
  readonly #gateway: Gateway;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** By key: jobs that have joined. */
  readonly #jobs = new Map<string, JobIdentity>();

  static async listen(path: string, gateway: Gateway): Promise<Control> {
    const control = new Control(gateway);
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          new TsmpiError('ERR_LAUNCH', `${path} cannot be listened on (${error.code ?? '?'})`, { where: 'gateway' }),
        );
      });
      control.#server.listen(path, () => resolve());
    });
    chmodSync(path, 0o600);
    return control;
  }

  private constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
      void this.#serve(socket);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: Socket): Promise<void> {
    const reader = new FrameReader();
    try {
      const [first, ...more] = await firstFrames(socket, reader);
      if (first?.kind !== FrameKind.ask) throw new TsmpiError('ERR_PROTOCOL', 'a question comes first');
      const asked = documentOf(first);
      if (asked['do'] === 'open') await this.#open(socket, asked, reader, more);
      else await this.#answer(socket, asked);
    } catch (error) {
      const code = isTsmpiError(error) ? error.code : 'ERR_CONNECTOR';
      socket.end(documentFrame(FrameKind.answer, { code, reason: (error as Error).message }));
      socket.resume();
    }
  }

  async #answer(socket: Socket, asked: Asked): Promise<void> {
    const say = (answer: object): void => {
      socket.resume();
      socket.write(documentFrame(FrameKind.answer, { code: null, ...answer }));
    };
    switch (asked['do']) {
      case 'join':
        say(await this.#join(socket, asked));
        return;
      case 'status':
        for (const text of piecesOf(JSON.stringify(this.#gateway.status()))) say({ text });
        socket.end();
        return;
      case 'revoke': {
        const { agent, job, rank, resource } = asked as Revocation;
        say({ streams: this.#gateway.revoke(withoutAbsent({ agent, job, rank, resource })) });
        socket.end();
        return;
      }
      default:
        throw new TsmpiError('ERR_PROTOCOL', 'the question is not known');
    }
  }

  /** The connection is the job's life. */
  async #join(socket: Socket, asked: Asked): Promise<object> {
    const place = 'job';
    const fields = fieldsOf(asked, place, ['do', 'id', 'name', 'resources']);
    const { id, name } = fields;
    const job = { id: String(id), name: String(name) };
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    socket.once('end', () => socket.destroy());
    socket.resume();
    const offers = await this.#gateway.offers(textsIn(fields, 'resources', place) ?? [], job, gone.signal);
    const key = randomBytes(32).toString('base64url');
    this.#jobs.set(key, job);
    const leave = (): void => {
      this.#jobs.delete(key);
      void this.#gateway.leave(job);
    };
    if (socket.destroyed) leave();
    else socket.once('close', leave);
    return { key, offers };
  }

  async #open(socket: Socket, asked: Asked, reader: FrameReader, more: readonly StreamFrame[]): Promise<void> {
    const { key, rank, resource, sharedBy } = asked;
    const job = typeof key === 'string' ? this.#jobs.get(key) : undefined;
    if (job === undefined || typeof rank !== 'number' || typeof resource !== 'string') {
      throw new TsmpiError('ERR_DENIED', 'the job has not joined the gateway');
    }
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    socket.once('close', onClose);
    const others = Array.isArray(sharedBy) ? { sharedBy: sharedBy as readonly number[] } : {};
    const stream = await this.#gateway.open({ job, rank, resource, signal: gone.signal, ...others });
    socket.off('close', onClose);
    socket.write(documentFrame(FrameKind.answer, { code: null }));
    await joinStreams(new FramedStream(socket, resource, reader, more), stream);
  }
}

function withoutAbsent(fields: { readonly [K in keyof Revocation]: Revocation[K] | undefined }): Revocation {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A status may be longer than a document: it comes in several. */
function piecesOf(text: string): string[] {
  return text.match(/.{1,2000}/gsu) ?? [];
}
