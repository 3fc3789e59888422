import { TsmpiError, type TsmpiErrorCode } from '../core/errors.ts';
import { handshakeTimeoutMs, heartbeatIntervalMs, leaseMs } from '../core/limits.ts';
import { protocolVersion } from '../transport/header.ts';
import { answered } from './answers.ts';
import { type Call, type CallStatus, Channel } from './channel.ts';
import { clip } from './clip.ts';
import { Lease } from './lease.ts';
import { isListening } from './listening.ts';
import type { AbortOrder, Ask, RankOver, RendezvousClientEvents, RendezvousClientOptions } from './options.ts';
import { OutputSender } from './output-sender.ts';
import {
  decodeFromLauncher,
  encodeFromSandbox,
  type FromLauncher,
  type FromSandboxBody,
  foreign,
  joinPath,
} from './protocol.ts';
import { entriesOf } from './roster.ts';

type Phase = 'joining' | 'joined' | 'leaving' | 'over';

/**
 * A sandbox's side of the rendezvous. Every call but `close` is ignored once the launcher is gone: `lost` has said so.
 */
export class RendezvousClient {
  readonly #options: RendezvousClientOptions;
  readonly #events: RendezvousClientEvents;
  readonly #channel: Channel;
  readonly #call: Call;
  readonly #lease = new Lease();
  #phase: Phase = 'joining';
  #output: OutputSender | null = null;
  #heart: NodeJS.Timeout | undefined;
  #welcomed: ((error: TsmpiError | null) => void) | null = null;
  #left: (() => void) | null = null;

  /**
   * Resolves when the launcher has let the sandbox in. Rejects in the launcher's words with its code (ERR_DENIED for
   * the token, ERR_PROTOCOL for versions, mesh or epoch), with ERR_LAUNCH when nobody answers, ERR_TIMEOUT or
   * ERR_CANCELLED.
   */
  static async join(options: RendezvousClientOptions, events: RendezvousClientEvents): Promise<RendezvousClient> {
    const client = new RendezvousClient(options, events);
    try {
      await client.#hello();
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  private constructor(options: RendezvousClientOptions, events: RendezvousClientEvents) {
    this.#options = options;
    this.#events = events;
    this.#channel = new Channel(options.address);
    this.#call = this.#channel.call(joinPath, {
      message: (bytes) => {
        this.#decode(bytes);
      },
      drain: () => undefined,
      ended: (status) => {
        this.#ended(status);
      },
    });
  }

  /** Every mesh link of this sandbox stands. */
  connected(): void {
    this.#send({ connected: {} });
  }

  /** There is something for another sandbox, and no link to it; the answer is `RendezvousClientEvents.link`. */
  wantLink(sandbox: number): void {
    this.#send({ link: { sandbox } });
  }

  /** A rank has ended; call it after the rank's last `output`. */
  rankOver({ rank, exitCode, reason, error }: RankOver): void {
    // Most ranks print nothing, and most sandboxes need no stream for it.
    const silent = this.#output?.isUnused === true;
    const over = { rank, exitCode, reason, silent };
    if (error === undefined) this.#send({ rankOver: over });
    else {
      const { name, message, stack, code = '' } = error;
      const report = { name: name.slice(0, 256), message: clip(message), stack: clip(stack), code: code.slice(0, 256) };
      this.#send({ rankOver: { ...over, error: report } });
    }
    if (!silent) this.#output?.over(rank);
  }

  /** A rank asks for something that changes the mesh; `RendezvousClientEvents.answer` has what came of it. */
  ask({ rank, number, request }: Ask): void {
    this.#send({ ask: { rank, number, ...request } });
  }

  /** A rank asks for the end of the job. */
  abort({ rank, exitCode, reason }: AbortOrder): void {
    this.#send({ abort: { exitCode, reason: clip(reason), ...(rank === undefined ? {} : { rank }) } });
  }

  /**
   * Sends what a rank printed; the bytes may be reused on return. A promise: the launcher is behind, wait for it before
   * sending more. It is fulfilled also when the launcher is gone.
   */
  output(rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void> {
    return this.#output?.send(rank, stream, bytes);
  }

  /** No rank prints any more; resolves when the launcher has handled all output. Rejects with ERR_PROTOCOL when not. */
  async outputEnd(): Promise<void> {
    await this.#output?.end();
  }

  /** Leaves in order; resolves when the launcher knows, or is gone. Then `close`. */
  goodbye(): Promise<void> {
    if (this.#phase !== 'joined') return Promise.resolve();
    return new Promise((resolve) => {
      this.#left = resolve;
      this.#send({ goodbye: {} });
      this.#phase = 'leaving';
      this.#call.end();
    });
  }

  /** Closes the channel at once; no event comes after it. Idempotent. */
  close(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    clearInterval(this.#heart);
    this.#output?.cancel();
    this.#call.cancel();
    this.#channel.close();
    this.#left?.();
  }

  #hello(): Promise<void> {
    const { signal, token, tsmpiVersion, index, ranks, meshAddress } = this.#options;
    return new Promise((resolve, reject) => {
      const refuse = (code: TsmpiErrorCode, what: string): void => {
        this.#welcomed?.(this.#error(code, what));
      };
      const cancel = (): void => {
        refuse('ERR_CANCELLED', 'joining was cancelled');
      };
      const deadline = setTimeout(() => {
        refuse('ERR_TIMEOUT', `no answer from the launcher after ${String(handshakeTimeoutMs)} ms`);
      }, handshakeTimeoutMs);
      this.#welcomed = (error) => {
        this.#welcomed = null;
        clearTimeout(deadline);
        signal?.removeEventListener('abort', cancel);
        if (error === null) resolve();
        else reject(error);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted === true) {
        cancel();
        return;
      }
      const hello = { token, protocol: protocolVersion, tsmpiVersion, nodeVersion: process.version };
      this.#send({ hello: { ...hello, sandbox: index, ranks: [...ranks], meshAddress } });
    });
  }

  #send(body: FromSandboxBody): void {
    if (this.#phase === 'over' || this.#phase === 'leaving') return;
    this.#call.write(encodeFromSandbox(this.#options, body));
  }

  #decode(bytes: Uint8Array): void {
    if (this.#phase === 'over') return;
    let message: FromLauncher;
    try {
      message = decodeFromLauncher(bytes);
    } catch (error) {
      this.#fail('ERR_PROTOCOL', `the launcher sent bytes that are no message (${String(error)})`);
      return;
    }
    this.#receive(message);
  }

  #receive(message: FromLauncher): void {
    this.#lease.heard();
    const wrong = foreign(this.#options, message);
    if (wrong !== null) {
      this.#fail('ERR_PROTOCOL', `the launcher sent ${wrong}`);
      return;
    }
    if (this.#phase === 'joining') this.#answer(message);
    else this.#deliver(message);
  }

  /** The launcher's answer to the hello. */
  #answer(message: FromLauncher): void {
    if (message.body === 'welcome') {
      const { outputTicket: ticket = '' } = message.welcome;
      this.#output = new OutputSender(this.#channel, { ...this.#options, ticket });
      this.#phase = 'joined';
      this.#heart = setInterval(() => {
        void this.#beat();
      }, heartbeatIntervalMs).unref();
      this.#welcomed?.(null);
    } else if (message.body === 'refused') {
      const { code = '', words = '' } = message.refused;
      this.#fail(code === 'ERR_DENIED' ? code : 'ERR_PROTOCOL', `the launcher refused: ${words}`);
    } else this.#fail('ERR_PROTOCOL', `the launcher answered with ${message.body ?? 'nothing'} instead of a welcome`);
  }

  #deliver(message: FromLauncher): void {
    switch (message.body) {
      case 'roster':
        this.#events.roster(entriesOf(message.roster));
        break;
      case 'go':
        this.#events.go();
        break;
      case 'failed': {
        const { ranks = [], reason = '', signal = '' } = message.failed;
        this.#events.failed({ ranks, reason, ...(signal === '' ? {} : { signal }) });
        break;
      }
      case 'departed':
        this.#events.departed(message.departed.ranks ?? []);
        break;
      case 'left':
        this.#events.left(message.left.sandboxes ?? []);
        break;
      case 'link':
        this.#events.link(message.link.sandbox ?? 0);
        break;
      case 'answer':
        this.#events.answer(answered(message.answer));
        break;
      case 'abort': {
        const { rank, exitCode = 0, reason = '' } = message.abort;
        this.#events.abort({ exitCode, reason, ...(rank === undefined || rank === null ? {} : { rank }) });
        break;
      }
      case 'stdin':
        void this.#feed(message.stdin);
        break;
      case 'goodbye':
        this.#events.goodbye(message.goodbye.othersStay === true);
        break;
      case 'heartbeat':
        break;
      default:
        this.#fail('ERR_PROTOCOL', `the launcher sent ${message.body ?? 'nothing'} out of turn`);
    }
  }

  async #feed({ rank = 0, bytes, end = false }: NonNullable<FromLauncher['stdin']>): Promise<void> {
    await this.#events.stdin(rank, end ? null : (bytes ?? new Uint8Array()));
    this.#send({ stdinTaken: { rank } });
  }

  /** A launcher whose thread computes says nothing, and lives. */
  async #beat(): Promise<void> {
    if (this.#lease.beat()) this.#send({ heartbeat: {} });
    else if (await isListening(this.#options.address)) this.#lease.heard();
    else this.#fail('ERR_LAUNCH', `nothing from the launcher for more than ${String(leaseMs)} ms`);
  }

  /** The stream is over, whoever ended it. */
  #ended(status: CallStatus): void {
    if (this.#phase === 'leaving') this.close();
    else if (this.#phase === 'joining') {
      this.#fail('ERR_LAUNCH', `the launcher at ${this.#options.address} does not answer: ${status.details}`);
    } else
      this.#fail(
        'ERR_LAUNCH',
        `the stream to the launcher broke: ${status.details || `status ${String(status.code)}`}`,
      );
  }

  /** Everything ends here that is not in order. */
  #fail(code: TsmpiErrorCode, why: string): void {
    const phase = this.#phase;
    if (phase === 'over') return;
    if (phase === 'joining') {
      this.#welcomed?.(this.#error(code, why));
      return;
    }
    this.close();
    if (phase === 'joined') this.#events.lost(why);
  }

  #error(code: TsmpiErrorCode, what: string): TsmpiError {
    return new TsmpiError(code, what, { where: `rendezvous of sandbox ${String(this.#options.index)}` });
  }
}
