/** A rank's place in a communicator: what it sends and receives there. */
import type {
  CallOptions,
  Exchange,
  From,
  MatchedMessage,
  Message,
  NumericArray,
  PointToPoint as PointToPointCalls,
  Receiver,
  Strided,
  To,
} from '../core/api.ts';
import { isTsmpiError } from '../core/errors.ts';
import type { Engine } from './engine.ts';
import { Express } from './express.ts';
import type { Group } from './group.ts';
import { matchedMessage, type Wait } from './matched-message.ts';
import { PointToPoint } from './point-to-point.ts';
import { block, settle } from './waits.ts';

/**
 * Ranks that can talk: those of a communicator, or those of the other side.
 * Every call starts at once and is complete at its await; calls start in program order.
 * Bad arguments reject with ERR_RANK, ERR_TAG, ERR_TYPE or ERR_ARGUMENT before anything moves. Every call may also
 * reject with ERR_RANK_FAILED (a rank it needs is gone), ERR_ABORTED (the job ends), ERR_CANCELLED (its signal) or
 * ERR_TIMEOUT (its deadline).
 *
 * @example
 * if (world.rank === 0) await world.send(new Float64Array(10), { dest: 1 });
 * if (world.rank === 1) console.log((await world.recv({ source: 0 })).data);
 */
export class Endpoint implements PointToPointCalls, Receiver {
  protected readonly engine: Engine;
  protected readonly group: Group;
  readonly #point: PointToPoint;
  readonly #express: Express;
  readonly #wait: Wait<'async'> = (call) => settle(this.engine, call);

  /** @internal Users get communicators from `world`. */
  constructor(engine: Engine, group: Group) {
    this.engine = engine;
    this.group = group;
    this.#point = new PointToPoint(engine, group, false);
    this.#express = new Express(engine.expressParts, group);
  }

  /** This rank's number here, 0 to size - 1. */
  get rank(): number {
    return this.group.rank;
  }

  get size(): number {
    return this.group.size;
  }

  /** How error messages call it. */
  get name(): string {
    return this.group.name;
  }

  /** Ranks of this communicator that failed (their sandbox died), as far as is known here. */
  get failed(): readonly number[] {
    const members = this.engine.failed.filter((rank) => this.group.has(rank));
    return members.map((rank) => this.group.rankOf(rank));
  }

  /**
   * Sends a value; complete when `data` may be changed again. A short message is complete without its receiver, a long
   * one may wait for it; with `synchronous`, any waits until it is matched (MPI_Send, MPI_Ssend).
   */
  send(data: unknown, options: CallOptions & To): Promise<void> {
    return this.#express.send(data, options) ? Promise.resolve() : this.#send(data, options);
  }

  /**
   * Receives the oldest message that matches (MPI_Recv). With `into` its elements go there, and a longer message
   * (ERR_TRUNCATE) or one of another type (ERR_TYPE) stays first in its queue.
   */
  recv<A extends NumericArray>(options: CallOptions & From & { into: A }): Promise<Message<A>>;
  recv<T = unknown>(options?: CallOptions & From & { into?: Strided }): Promise<Message<T>>;
  recv(options?: CallOptions & From & { into?: NumericArray | Strided }): Promise<Message<unknown>> {
    const message = this.#express.recv(options, false);
    return message === null ? this.#recv(options) : Promise.resolve(message);
  }

  #send(data: unknown, options: CallOptions & To): Promise<void> {
    return this.#wait(() => this.#point.send(data, options));
  }

  #recv(options: unknown): Promise<Message<unknown>> {
    return this.#wait(() => this.#point.recv(options));
  }

  /** Sends and receives at once, so that a ring of ranks cannot block itself (MPI_Sendrecv). */
  sendrecv<A extends NumericArray>(data: unknown, options: CallOptions & Exchange & { into: A }): Promise<Message<A>>;
  sendrecv<T = unknown>(data: unknown, options: CallOptions & Exchange & { into?: Strided }): Promise<Message<T>>;
  sendrecv(
    data: unknown,
    options: CallOptions & Exchange & { into?: NumericArray | Strided },
  ): Promise<Message<unknown>> {
    return this.#wait(() => this.#point.sendrecv(data, options));
  }

  /**
   * Waits for a message that matches and takes it off its queue, to be received once by whoever holds it (MPI_Mprobe).
   */
  async probe(options?: CallOptions & From): Promise<MatchedMessage> {
    const found = await this.#wait(() => this.#point.probe(options));
    return matchedMessage<'async'>(this.#point, this.#wait, found);
  }

  /** The same without waiting (MPI_Improbe); null when there is none. */
  tryProbe(options?: From): MatchedMessage | null {
    const found = block(this.engine, () => this.#point.tryProbe(options));
    return found === undefined ? null : matchedMessage<'async'>(this.#point, this.#wait, found);
  }

  /**
   * Messages as they come, until the signal aborts, or every other rank has returned and nothing more can come: then
   * the loop ends. `timeoutMs` bounds the wait for each.
   * @example for await (const { data } of world.messages({ tag: 3 })) console.log(data);
   */
  async *messages<T = unknown>(options: CallOptions & From = {}): AsyncGenerator<Message<T>, void, undefined> {
    for (;;) {
      let message: Message<T>;
      try {
        message = await this.recv<T>(options);
      } catch (error) {
        if (isTsmpiError(error) && error.code === 'ERR_CANCELLED' && options.signal?.aborted === true) return;
        const failed = isTsmpiError(error) && error.code === 'ERR_RANK_FAILED' ? (error.failed ?? []) : [];
        const others = this.group.members.filter((rank) => rank !== this.engine.context.rank).length;
        if (failed.length === others && others > 0 && this.failed.length === 0) return;
        throw error;
      }
      yield message;
    }
  }
}
