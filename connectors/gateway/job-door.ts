/** Where the sandboxes of one job ask for streams: a unix socket in the job's directory, and a secret for each. */
import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { jobStreamsMax } from '../wire/limits.ts';
import { withoutCode } from '../wire/messages.ts';
import type { Denial, JobIdentity, Opening } from './opening.ts';
import { type Asked, type Asking, passStream, StreamDoor } from './stream-door.ts';

/** What the door leads to. */
export interface Opener {
  open(opening: Opening): Promise<Duplex>;
  /** Is told of what the door refuses itself. */
  deny(denial: Denial): void;
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
  readonly #door: StreamDoor;
  /** By hash of a sandbox's secret: the ranks that it holds. */
  readonly #sandboxes = new Map<string, readonly number[]>();

  static async listen(path: string, options: JobDoorOptions): Promise<JobDoor> {
    const door = new JobDoor(options);
    await door.#door.listen(path);
    return door;
  }

  private constructor({ job, resources, opener, log }: JobDoorOptions) {
    [this.#job, this.#resources, this.#opener, this.#log] = [job, resources, opener, log];
    this.#door = new StreamDoor((asking) => this.#answer(asking), 2 * jobStreamsMax);
  }

  /** A secret by which a sandbox with these ranks is known. */
  admit(ranks: readonly number[]): string {
    const secret = randomBytes(32).toString('base64url');
    this.#sandboxes.set(hashOf(secret), ranks);
    return secret;
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  async #answer(asking: Asking): Promise<void> {
    const { socket, asked } = asking;
    const { rank, resource, endpoint } = asked;
    const tell = (error: Error): void => {
      if (endpoint === true) this.#log(`a client of rank ${String(rank)}: ${withoutCode(error.message)}`);
    };
    let failure: Error | null;
    try {
      failure = await passStream(asking, String(resource), (signal) =>
        this.#opener.open(this.#openingOf(asked, signal)),
      );
    } catch (error) {
      if (!socket.destroyed) tell(error as Error);
      throw error;
    }
    if (failure !== null) tell(failure);
  }

  #openingOf(asked: Asked, signal: AbortSignal): Opening {
    const { secret, rank, resource, endpoint } = asked;
    const ranks = typeof secret === 'string' ? this.#sandboxes.get(hashOf(secret)) : undefined;
    const claimed = typeof resource === 'string' ? resource.slice(0, 100) : '';
    const deny = (why: string): never => {
      const known = typeof rank === 'number' && Number.isSafeInteger(rank) ? rank : null;
      this.#opener.deny({ job: this.#job, rank: known, resource: claimed, reason: why });
      throw new TsmpiError('ERR_DENIED', `${why} (said by the gateway)`, {
        where: claimed === '' ? 'connector' : claimed,
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

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
