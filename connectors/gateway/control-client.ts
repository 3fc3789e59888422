/** A gateway of another process, at its inner door. */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import { type Answered, ask } from '../wire/ask.ts';
import { Deadline } from '../wire/deadline.ts';
import { FramedStream } from '../wire/framed-stream.ts';
import { documentOf } from '../wire/frames.ts';
import { agentReturnTimeoutMs, handshakeTimeoutMs, redialMsMin } from '../wire/limits.ts';
import type { OfferedResource } from '../wire/registration.ts';
import type { GatewayStatus, Revocation } from './gateway.ts';
import type { Opener } from './job-door.ts';
import type { Denial, JobIdentity, Opening } from './opening.ts';

const where = 'gateway';
const remedy = 'start one with tsmpi gateway, or leave --gateway out';

/** A job's place at a gateway apart, as long as its connection lasts. A gateway that returns is joined anew. */
export class RemoteGateway implements Opener {
  readonly offers: readonly OfferedResource[];
  readonly #path: string;
  readonly #job: JobIdentity;
  readonly #resources: readonly string[];
  readonly #left = new AbortController();
  #life: Answered | null = null;
  #joining: Promise<Answered> | null = null;

  /** Rejects as `Gateway.offers`, and with ERR_CONNECTOR where no gateway is at `path`. */
  static async join(
    path: string,
    job: JobIdentity,
    resources: readonly string[],
    signal: AbortSignal,
  ): Promise<RemoteGateway> {
    const life = await ask(path, joining(job, resources), { where, remedy, signal });
    return new RemoteGateway({ path, job, resources, life });
  }

  private constructor(parts: {
    path: string;
    job: JobIdentity;
    resources: readonly string[];
    life: Answered;
  }) {
    [this.#path, this.#job, this.#resources] = [parts.path, parts.job, parts.resources];
    this.offers = parts.life.answer['offers'] as readonly OfferedResource[];
    this.#keep(parts.life);
  }

  async open({ rank, resource, signal, sharedBy }: Opening): Promise<Duplex> {
    const { answer } = this.#life ?? (await this.#rejoined());
    const question = { do: 'open', key: answer['key'], rank, resource, sharedBy };
    const { socket, reader, more } = await ask(this.#path, question, { where: resource, signal });
    return new FramedStream(socket, resource, reader, more).unlessCut();
  }

  deny({ rank, resource, reason }: Denial): void {
    const question = { do: 'deny', key: this.#life?.answer['key'], rank, resource, reason };
    // A gateway that is gone has no log to write it to.
    ask(this.#path, question, { where })
      .then(({ socket }) => socket.destroy())
      .catch(() => undefined);
  }

  leave(): Promise<void> {
    this.#left.abort();
    const life = this.#life?.socket;
    return new Promise((resolve) => {
      if (life === undefined || life.destroyed) resolve();
      else life.once('close', () => resolve()).destroy();
    });
  }

  #keep(life: Answered): void {
    this.#life = life;
    life.socket.on('error', () => undefined);
    life.socket.on('end', () => life.socket.destroy());
    life.socket.once('close', () => (this.#life = null));
    life.socket.resume();
  }

  #rejoined(): Promise<Answered> {
    this.#joining ??= this.#rejoin().finally(() => (this.#joining = null));
    return this.#joining;
  }

  /** As new opens wait for an agent, they wait for a gateway. */
  async #rejoin(): Promise<Answered> {
    const deadline = new Deadline(agentReturnTimeoutMs, this.#left.signal);
    const { signal } = deadline;
    for (;;) {
      try {
        const life = await ask(this.#path, joining(this.#job, this.#resources), { where, remedy, signal });
        deadline.end();
        this.#keep(life);
        return life;
      } catch (error) {
        if (signal.aborted || !isTsmpiError(error) || error.code === 'ERR_DENIED') {
          deadline.end();
          throw gone(error);
        }
        await delay(redialMsMin, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

function joining({ id, name }: JobIdentity, resources: readonly string[]): object {
  return { do: 'join', id, name, resources };
}

function gone(error: unknown): unknown {
  if (!isTsmpiError(error) || error.code !== 'ERR_CANCELLED') return error;
  const what = `the gateway is gone, and did not return in ${String(agentReturnTimeoutMs / 1000)} s`;
  return new TsmpiError('ERR_CONNECTOR', what, { where });
}

export async function askStatus(path: string): Promise<GatewayStatus> {
  const signal = AbortSignal.timeout(handshakeTimeoutMs);
  const { socket, answer, reader, more } = await ask(path, { do: 'status' }, { where, signal });
  let text = String(answer['text']);
  for (const frame of more) text += String(documentOf(frame)['text']);
  for await (const bytes of socket) {
    for (const frame of reader.read(bytes as Buffer)) text += String(documentOf(frame)['text']);
  }
  return JSON.parse(text) as GatewayStatus;
}

/** How many streams have ended. */
export async function askRevoke(path: string, revocation: Revocation): Promise<number> {
  const signal = AbortSignal.timeout(handshakeTimeoutMs);
  const { socket, answer } = await ask(path, { do: 'revoke', ...revocation }, { where, signal });
  socket.destroy();
  return Number(answer['streams']);
}
