/** The blocking twin of a communicator: the same calls, the results themselves. */
import type {
  Exchange,
  From,
  MatchedMessage,
  Message,
  NumericArray,
  Options,
  PointToPoint as PointToPointCalls,
  Strided,
  To,
} from '../core/api.ts';
import { Express } from './express.ts';
import type { Group } from './group.ts';
import { collectiveHost, type CollectiveHost, type HasCollectiveHost } from './install.ts';
import { matchedMessage, type Wait } from './matched-message.ts';
import type { PointToPoint } from './point-to-point.ts';
import { block } from './waits.ts';

/** While a call blocks, it moves every outstanding call of its rank. The collectives are put on the prototype. */
export class BlockingCommunicator implements PointToPointCalls<'sync'>, HasCollectiveHost {
  readonly [collectiveHost]: CollectiveHost;
  readonly #point: PointToPoint;
  readonly #express: Express;
  readonly #wait: Wait<'sync'> = (call) => block(this.#point.engine, call);

  constructor(point: PointToPoint, host: CollectiveHost) {
    this.#point = point;
    this.#express = new Express(point.engine.expressParts, point.group);
    this[collectiveHost] = host;
  }

  /** Returns when `data` may be changed again. */
  send(data: unknown, options: Options<'sync'> & To): void {
    if (!this.#express.send(data, options)) this.#send(data, options);
  }

  /** Blocks until a message that matches is here. */
  recv<A extends NumericArray>(options: Options<'sync'> & From & { into: A }): Message<A>;
  recv<T = unknown>(options?: Options<'sync'> & From & { into?: Strided }): Message<T>;
  recv(options?: Options<'sync'> & From & { into?: NumericArray | Strided }): Message<unknown> {
    return this.#express.recv(options, true) ?? this.#recv(options);
  }

  // Apart: a closure makes every call of the method that it stands in allocate, whether it is needed or not.
  #send(data: unknown, options: unknown): void {
    this.#wait(() => this.#point.send(data, options));
  }

  #recv(options: unknown): Message<unknown> {
    return this.#wait(() => this.#point.recv(options));
  }

  /** Sends and receives at once, so that a ring of ranks cannot block itself. */
  sendrecv<A extends NumericArray>(data: unknown, options: Options<'sync'> & Exchange & { into: A }): Message<A>;
  sendrecv<T = unknown>(data: unknown, options: Options<'sync'> & Exchange & { into?: Strided }): Message<T>;
  sendrecv(data: unknown, options: Options<'sync'> & Exchange & { into?: NumericArray | Strided }): Message<unknown> {
    return this.#wait(() => this.#point.sendrecv(data, options));
  }

  /** Blocks until a message that matches is here, and takes it off its queue (MPI_Mprobe). */
  probe(options?: Options<'sync'> & From): MatchedMessage<'sync'> {
    const found = this.#wait(() => this.#point.probe(options));
    return matchedMessage<'sync'>(this.#point, this.#wait, found);
  }

  /** The same without waiting (MPI_Improbe); null when there is none. */
  tryProbe(options?: From): MatchedMessage<'sync'> | null {
    const found = block(this.#point.engine, () => this.#point.tryProbe(options));
    return found === undefined ? null : matchedMessage<'sync'>(this.#point, this.#wait, found);
  }
}

/** The same of a grid, whose collectives among neighbours are put on this prototype. */
export class BlockingCartesianCommunicator extends BlockingCommunicator {}

/** The twin where the thread must not block: it runs the launcher, and ranks may wait for that. */
export function refusingTwin(group: Group): object {
  const refuse = (): never => {
    const what = 'the program that launched the job cannot block: it runs what its ranks need to go on';
    throw group.refusal('ERR_UNSUPPORTED', 'sync', what, 'await the same call of the communicator itself');
  };
  return new Proxy({}, { get: refuse });
}
