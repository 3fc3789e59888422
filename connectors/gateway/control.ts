/**
 * The inner door of a gateway: a unix socket, for this user alone, at which jobs of other processes join it, open
 * their streams, and at which its status is asked.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import type { Socket } from 'node:net';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { fieldsOf, textsIn } from '../wire/checked-fields.ts';
import { documentFrame, FrameKind } from '../wire/frames.ts';
import type { Gateway } from './gateway.ts';
import type { JobIdentity } from './opening.ts';
import { type Asked, type Asking, passStream, StreamDoor } from './stream-door.ts';

export class Control {
  readonly #gateway: Gateway;
  readonly #door = new StreamDoor((asking) => this.#answer(asking));
  /** By key: jobs that have joined. */
  readonly #jobs = new Map<string, JobIdentity>();

  static async listen(path: string, gateway: Gateway): Promise<Control> {
    const control = new Control(gateway);
    await control.#door.listen(path).catch((error: unknown) => {
      const { code = '?' } = error as NodeJS.ErrnoException;
      throw new TsmpiError('ERR_LAUNCH', `${path} cannot be listened on (${code})`, { where: 'gateway' });
    });
    chmodSync(path, 0o600);
    return control;
  }

  private constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  close(): Promise<void> {
    return this.#door.close();
  }

  async #answer(asking: Asking): Promise<void> {
    const { socket, asked } = asking;
    const say = (answer: object): void => {
      socket.resume();
      socket.write(documentFrame(FrameKind.answer, { code: null, ...answer }));
    };
    switch (asked['do']) {
      case 'open':
        await this.#open(asking);
        return;
      case 'deny':
        this.#deny(asked);
        say({});
        socket.end();
        return;
      case 'join':
        say(await this.#join(socket, asked));
        return;
      case 'status':
        for (const text of piecesOf(JSON.stringify(this.#gateway.status()))) say({ text });
        socket.end();
        return;
      case 'revoke': {
        say({ streams: this.#gateway.revoke(asked) });
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

  /** Throws ERR_DENIED where no job has joined with the key. */
  #jobOf({ key }: Asked): JobIdentity {
    const job = typeof key === 'string' ? this.#jobs.get(key) : undefined;
    if (job === undefined) throw notJoined();
    return job;
  }

  #deny(asked: Asked): void {
    const { rank, resource, reason } = asked;
    const job = this.#jobOf(asked);
    const claimed = typeof rank === 'number' ? rank : null;
    this.#gateway.deny({ job, rank: claimed, resource: String(resource), reason: String(reason) });
  }

  async #open(asking: Asking): Promise<void> {
    const { rank, resource, sharedBy } = asking.asked;
    const job = this.#jobOf(asking.asked);
    if (typeof rank !== 'number' || typeof resource !== 'string') throw notJoined();
    const others = Array.isArray(sharedBy) ? { sharedBy: sharedBy as readonly number[] } : {};
    await passStream(asking, resource, (signal) => this.#gateway.open({ job, rank, resource, signal, ...others }));
  }
}

function notJoined(): TsmpiError {
  return new TsmpiError('ERR_DENIED', 'the job has not joined the gateway');
}

/** A status may be longer than a document: it comes in several. */
function piecesOf(text: string): string[] {
  return text.match(/.{1,2000}/gsu) ?? [];
}
