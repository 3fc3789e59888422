/** Messages from rank to rank, and what every call takes and gives. */
import type { NumericArray } from './api-data.ts';

/**
 * Every call exists twice, awaited and blocking: the shapes below say both at once.
 * @example
 * async function total<M extends Mode>(comm: Collectives<M>): Promise<number> {
 *   return await comm.allreduce(1);
 * }
 * await total(world);
 * await total(world.sync);
 */
export type Mode = 'async' | 'sync';

/**
 * What a call gives: the result itself where it blocks, else a promise of it.
 * @example
 * const soon: Result<'async', number> = world.allreduce(1);
 * const now: Result<'sync', number> = world.sync.allreduce(1);
 */
export type Result<M extends Mode, T> = M extends 'sync' ? T : Promise<T>;

/**
 * Ends a wait early: by a signal (ERR_CANCELLED), or after so many milliseconds (ERR_TIMEOUT).
 * @example
 * const options: CallOptions = { timeoutMs: 1000, signal: AbortSignal.timeout(500) };
 * await world.recv({ ...options, source: 0 });
 */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

/**
 * A blocked thread cannot see a signal.
 * @example
 * const options: Options<'sync'> = { timeoutMs: 1000 };
 * world.sync.barrier(options);
 */
export type Options<M extends Mode> = M extends 'sync' ? { timeoutMs?: number | undefined } : CallOptions;

/**
 * Of a message: the rank that sent it, its tag, and its length.
 * @example
 * const { source, tag, bytes }: Status = await world.probe();
 */
export interface Status {
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
}

/**
 * With `into`: `data` is its filled head (itself, when filled whole), or a strided view's array. From PROC_NULL:
 * undefined, no bytes.
 * @example
 * const { data, source }: Message<string> = await world.recv<string>({ tag: 1 });
 */
export interface Message<T> extends Status {
  readonly data: T;
}

/**
 * A message that `probe` took off the queue; received exactly once (MPI_Mrecv).
 * @example
 * const found: MatchedMessage = await world.probe({ tag: 1 });
 * const into = new Float64Array(found.bytes / 8);
 * await found.recv({ into });
 */
export interface MatchedMessage<M extends Mode = 'async'> extends Status {
  recv<T = unknown>(options?: Options<M> & { into?: NumericArray | Strided }): Result<M, Message<T>>;
}

/**
 * A strided view of a numeric array (MPI_Type_vector): `count` blocks of `blockLength` elements, `stride` apart.
 * Received without `into`, it is packed.
 * @example
 * const matrix = new Float64Array(40);
 * const column: Strided<Float64Array> = strided(matrix, { offset: 2, count: 4, stride: 10 });
 */
export interface Strided<A extends NumericArray = NumericArray> {
  readonly array: A;
  readonly offset: number;
  readonly count: number;
  readonly blockLength: number;
  readonly stride: number;
}

/**
 * `tag` defaults to 0. Small standard sends complete without a receive posted; large ones may wait for it.
 * `synchronous`: when it is matched.
 * @example
 * const to: To = { dest: 1, tag: 7 };
 * await world.send('hello', to);
 */
export interface To {
  dest: number;
  tag?: number;
  synchronous?: boolean;
}

/**
 * `source` defaults to ANY_SOURCE, `tag` to ANY_TAG.
 * @example
 * const from: From = { source: 0 };
 * const { data } = await world.recv<string>(from);
 */
export interface From {
  source?: number;
  tag?: number;
}

/**
 * Whom a `sendrecv` sends to and receives from; tags as in `To` and `From`.
 * @example
 * const { rank, size } = world;
 * const ring: Exchange = { dest: (rank + 1) % size, source: (rank + size - 1) % size };
 * const { data } = await world.sendrecv<number>(rank, ring);
 */
export interface Exchange {
  dest: number;
  source?: number;
  sendTag?: number;
  recvTag?: number;
}

/**
 * Messages from rank to rank. They arrive in the order in which they were sent, tag by tag.
 * @example
 * async function ping(comm: PointToPoint): Promise<void> {
 *   await comm.send('ping', { dest: 1 });
 * }
 */
export interface PointToPoint<M extends Mode = 'async'> {
  /** Complete when `data` may be changed again. */
  send(data: unknown, options: Options<M> & To): Result<M, void>;
  recv<A extends NumericArray>(options: Options<M> & From & { into: A }): Result<M, Message<A>>;
  recv<T = unknown>(options?: Options<M> & From & { into?: Strided }): Result<M, Message<T>>;
  sendrecv<A extends NumericArray>(data: unknown, options: Options<M> & Exchange & { into: A }): Result<M, Message<A>>;
  sendrecv<T = unknown>(data: unknown, options: Options<M> & Exchange & { into?: Strided }): Result<M, Message<T>>;
  /** Waits for a matching message and takes it off the queue (MPI_Mprobe). */
  probe(options?: Options<M> & From): Result<M, MatchedMessage<M>>;
  /** The same without waiting (MPI_Improbe). */
  tryProbe(options?: From): MatchedMessage<M> | null;
}

/**
 * Messages without end.
 * @example
 * async function log(from: Receiver, signal: AbortSignal): Promise<void> {
 *   for await (const { source, data } of from.messages({ tag: 3, signal })) console.log(source, data);
 * }
 */
export interface Receiver {
  /** Messages as they come, until the signal aborts: `for await (const m of comm.messages({ tag: 3 }))`. */
  messages<T = unknown>(options?: CallOptions & From): AsyncIterable<Message<T>>;
}
