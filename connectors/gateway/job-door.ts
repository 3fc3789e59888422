/** Where the sandboxes of one job ask for streams: a unix socket in the job's directory, and a secret for each. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import { withoutCode } from '../wire/ask.ts';
import { firstFrames } from '../wire/first-frames.ts';
import { FramedStream } from '../wire/framed-stream.ts';
import { documentFrame, documentOf, FrameKind, FrameReader } from '../wire/frames.ts';
import { joinStreams } from '../wire/join-streams.ts';
import { jobStreamsMax } from '../wire/limits.ts';
import type { JobIdentity, Opening } from './opening.ts';

/** What the door leads to. */
export interface Opener {
  open(opening: Opening): Promise<Duplex>;
}

export interface JobDoorOptions {
  readonly job: JobIdentity;
  readonly resources: readonly string[];
  readonly opener: Opener;
  /** Takes why streams of clients end early, who have no way to hear it. */
  readonly log: (line: string) => void;
}

export class JobDoor {
  readonly #job: JobIdentity;
  readonly #resources: readonly string[];
  readonly #opener: Opener;
  readonly #log: (line: string) => void;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** By hash of a sandbox's secret: the ranks that it holds. */
  readonly #sandboxes = new Map<string, readonly number[]>();

  static async listen(path: string, options: JobDoorOptions): Promise<JobDoor> {
    const door = new JobDoor(options);
    await new Promise<void>((resolve, reject) => {
      door.#server.once('error', reject);
      door.#server.listen(path, () => resolve());
    });
    return door;
  }

  private constructor({ job, resources, opener, log }: JobDoorOptions) {
    [this.#job, this.#resources, this.#opener, this.#log] = [job, resources, opener, log];
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#receive(socket));
    // The kernel holds the rest back.
    this.#server.maxConnections = 2 * jobStreamsMax;
  }

  /** A secret by which a sandbox with these ranks is known. */
  admit(ranks: readonly number[]): string {
    const secret = randomBytes(32).toString('base64url');
    this.#sandboxes.set(hashOf(secret), ranks);
    return secret;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #receive(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    void this.#serve(socket).catch(() => socket.destroy());
  }

  async #serve(socket: Socket): Promise<void> {
    const reader = new FrameReader();
    const [first, ...more] = await firstFrames(socket, reader);
    if (first?.kind !== FrameKind.ask) throw new TsmpiError('ERR_PROTOCOL', 'a stream begins with a question');
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    socket.once('close', onClose);
    const asked = documentOf(first);
    const tell = (error: Error): void => {
      if (asked['endpoint'] === true)
        this.#log(`a client of rank ${String(asked['rank'])}: ${withoutCode(error.message)}`);
    };
    let stream: Duplex;
    let opening: Opening;
    try {
      opening = this.#openingOf(asked, gone.signal);
      stream = await this.#opener.open(opening);
    } catch (error) {
      const [code, reason] = [isTsmpiError(error) ? error.code : 'ERR_CONNECTOR', (error as Error).message];
      if (!gone.signal.aborted) tell(error as Error);
      socket.end(documentFrame(FrameKind.answer, { code, reason }));
      socket.resume();
      return;
    }
    socket.write(documentFrame(FrameKind.answer, { code: null }));
    socket.off('close', onClose);
    const failure = await joinStreams(new FramedStream(socket, opening.resource, reader, more), stream);
    if (failure !== null && !isReset(failure)) tell(failure);
  }

  #openingOf(asked: Readonly<Record<string, unknown>>, signal: AbortSignal): Opening {
    const { secret, rank, resource, endpoint } = asked;
    const ranks = typeof secret === 'string' ? this.#sandboxes.get(hashOf(secret)) : undefined;
    const deny = (why: string): never => {
      throw new TsmpiError('ERR_DENIED', `${why} (said by the gateway)`, {
        where: typeof resource === 'string' ? resource.slice(0, 100) : 'connector',
      });
    };
    if (ranks === undefined) return deny('the sandbox is not known');
    if (typeof rank !== 'number' || !ranks.includes(rank)) return deny('the rank is not of this sandbox');
    if (typeof resource !== 'string' || !this.#resources.includes(resource)) {
      return deny(`the job was not started with --connector for it, only for ${this.#resources.join(', ')}`);
    }
    // Who dials an endpoint does not say which rank it is.
    return { job: this.#job, rank, resource, signal, ...(endpoint === true ? { sharedBy: ranks } : {}) };
  }
}

/** Clients that end by a reset are their own affair. */
function isReset({ message }: Error): boolean {
  return /ECONNRESET|EPIPE/u.test(message);
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
