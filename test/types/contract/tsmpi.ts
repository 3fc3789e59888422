/**
 * The contract of `tsmpi`, as its users type it: declarations alone. The package's own must accept everything that is
 * written against these; `contract.test.ts` checks it. Add where users gain; rename nothing.
 */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;
export type NumericArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;
/** The array type that a constructor makes, over any buffer (arrays from `alloc` lie in shared memory). */
export type ArrayOf<C extends NumericArrayConstructor> = C extends Int8ArrayConstructor
  ? Int8Array
  : C extends Uint8ArrayConstructor
    ? Uint8Array
    : C extends Uint8ClampedArrayConstructor
      ? Uint8ClampedArray
      : C extends Int16ArrayConstructor
        ? Int16Array
        : C extends Uint16ArrayConstructor
          ? Uint16Array
          : C extends Int32ArrayConstructor
            ? Int32Array
            : C extends Uint32ArrayConstructor
              ? Uint32Array
              : C extends BigInt64ArrayConstructor
                ? BigInt64Array
                : C extends BigUint64ArrayConstructor
                  ? BigUint64Array
                  : C extends Float32ArrayConstructor
                    ? Float32Array
                    : Float64Array;

export type ElementOf<A> = A extends BigInt64Array | BigUint64Array ? bigint : number;

/** MPI's predefined reductions, elementwise. Logical ones yield 0 or 1. Default: 'sum'. */
export type OpName = 'sum' | 'prod' | 'min' | 'max' | 'land' | 'lor' | 'lxor' | 'band' | 'bor' | 'bxor';
/**
 * A user reduction: always of two elements where the data is a numeric array (a combine that gives anything else:
 * ERR_OP), else of two values. Operands combine in rank order unless `commutative`.
 */
export interface Op<T> {
  readonly name: string;
  readonly commutative: boolean;
  combine(left: T, right: T): T;
}
export declare function createOp<T>(
  combine: (left: T, right: T) => T,
  options?: { name?: string; commutative?: boolean },
): Op<T>;

export declare const ANY_SOURCE: -1;
export declare const ANY_TAG: -1;
/** Sends to it and receives from it complete at once and move nothing. */
export declare const PROC_NULL: -2;

/** Every call exists twice, awaited and blocking: the shapes below say both at once. */
export type Mode = 'async' | 'sync';
export type Result<M extends Mode, T> = M extends 'sync' ? T : Promise<T>;
export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}
/** A blocked thread cannot see a signal. */
export type Options<M extends Mode> = M extends 'sync' ? { timeoutMs?: number | undefined } : CallOptions;

export interface Status {
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
}
/**
 * With `into`: `data` is its filled head (itself, when filled whole), or a strided view's array. From PROC_NULL:
 * undefined, no bytes.
 */
export interface Message<T> extends Status {
  readonly data: T;
}
/** A message that `probe` took off the queue; received exactly once (MPI_Mrecv). */
export interface MatchedMessage<M extends Mode = 'async'> extends Status {
  recv<T = unknown>(options?: Options<M> & { into?: NumericArray | Strided }): Result<M, Message<T>>;
}
/**
 * A strided view of a numeric array (MPI_Type_vector): `count` blocks of `blockLength` elements, `stride` apart.
 * Received without `into`, it is packed.
 */
export interface Strided<A extends NumericArray = NumericArray> {
  readonly array: A;
  readonly offset: number;
  readonly count: number;
  readonly blockLength: number;
  readonly stride: number;
}
export declare function strided<A extends NumericArray>(
  array: A,
  layout: { offset?: number; count: number; blockLength?: number; stride: number },
): Strided<A>;

/** Every rank of the job. Outside `tsmpirun` it has size 1, so a job file also runs under plain node. */
export declare const world: Communicator;
/** This rank alone. */
export declare const self: Communicator;
/** The program that launched (or spawned) this job, when it is a member of the mesh; null when it stays outside. */
export declare const parent: Intercommunicator | null;

/**
 * `tag` defaults to 0. Small standard sends complete without a receive posted; large ones may wait for it.
 * `synchronous`: when it is matched.
 */
export interface To {
  dest: number;
  tag?: number;
  synchronous?: boolean;
}
/** `source` defaults to ANY_SOURCE, `tag` to ANY_TAG. */
export interface From {
  source?: number;
  tag?: number;
}
export interface Exchange {
  dest: number;
  source?: number;
  sendTag?: number;
  recvTag?: number;
}

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
export interface Receiver {
  /** Messages as they come, until the signal aborts: `for await (const m of comm.messages({ tag: 3 }))`. */
  messages<T = unknown>(options?: CallOptions & From): AsyncIterable<Message<T>>;
}

export interface Root {
  root?: number;
}
export interface Into<A> {
  into?: A;
}
/** Elements of each rank, in rank order: on every rank, equal, or on none (it saves asking). */
export interface Counts {
  counts?: readonly number[];
}
export interface Reduction<T> {
  op?: OpName | Op<T>;
}

/** The collectives, over all ranks of a communicator. X: options that a form adds to every call. */
export interface Collectives<M extends Mode = 'async', X = unknown> {
  barrier(options?: Options<M> & X): Result<M, void>;
  /** Ranks other than the root may pass undefined; they get the root's value, with its array type. */
  broadcast<T>(data: T | undefined, options?: Options<M> & Root & Into<T> & X): Result<M, T>;

  reduce<A extends NumericArray>(
    data: A,
    options?: Options<M> & Reduction<ElementOf<A>> & Root & Into<A> & X,
  ): Result<M, A | undefined>;
  reduce(data: number, options?: Options<M> & Reduction<number> & Root & X): Result<M, number | undefined>;
  reduce<T>(data: T, options: Options<M> & { op: Op<T> } & Root & X): Result<M, T | undefined>;
  /**
   * `reproducible`: each element is the correctly rounded sum of the ranks' contributions, whatever the order,
   * algorithm or machine (floating 'sum' only, else ERR_UNSUPPORTED; exact ops are reproducible anyway). See also
   * `sumExact`.
   */
  allreduce<A extends NumericArray>(
    data: A,
    options?: Options<M> & Reduction<ElementOf<A>> & Into<A> & { reproducible?: boolean } & X,
  ): Result<M, A>;
  allreduce(data: number, options?: Options<M> & Reduction<number> & { reproducible?: boolean } & X): Result<M, number>;
  allreduce<T>(data: T, options: Options<M> & { op: Op<T> } & X): Result<M, T>;
  /**
   * The correctly rounded sum of all elements of all ranks: the same bits however the data is spread over however
   * many ranks.
   */
  sumExact(local: Float64Array | Float32Array, options?: Options<M> & X): Result<M, number>;
  /** Elementwise extreme over the ranks, and the lowest rank that holds it (MPI_MINLOC, MPI_MAXLOC). */
  allreduceLocation<A extends NumericArray>(
    data: A,
    options: Options<M> & { op: 'min' | 'max' } & X,
  ): Result<M, { value: A; rank: Int32Array }>;

  /**
   * Numeric arrays (all of one type) are concatenated in rank order and may differ in length; other values come as a
   * list; ranks that mix the two get ERR_MISMATCH. `[array]` gives a list of arrays.
   */
  gather<A extends NumericArray>(data: A, options?: Options<M> & Root & Into<A> & Counts & X): Result<M, A | undefined>;
  gather<T>(data: T, options?: Options<M> & Root & X): Result<M, T[] | undefined>;
  allgather<A extends NumericArray>(data: A, options?: Options<M> & Into<A> & Counts & X): Result<M, A>;
  allgather<T>(data: T, options?: Options<M> & X): Result<M, T[]>;
  /** The root passes one array to cut, evenly or by `counts`, or a list of `size` values. */
  scatter<A extends NumericArray>(
    data: A | undefined,
    options?: Options<M> & Root & Into<A> & Counts & X,
  ): Result<M, A>;
  scatter<T>(data: readonly T[] | undefined, options?: Options<M> & Root & X): Result<M, T>;
  /** One array cut into `size` pieces (evenly or by `sendCounts`), or a list of `size` values. */
  alltoall<A extends NumericArray>(
    data: A,
    options?: Options<M> & Into<A> & { sendCounts?: readonly number[]; recvCounts?: readonly number[] } & X,
  ): Result<M, A>;
  alltoall<T>(data: readonly T[], options?: Options<M> & X): Result<M, T[]>;
  /** Reduces, then leaves piece r (even, or by `counts`) on rank r. */
  reduceScatter<A extends NumericArray>(
    data: A,
    options?: Options<M> & Reduction<ElementOf<A>> & Into<A> & Counts & X,
  ): Result<M, A>;
  scan<A extends NumericArray>(data: A, options?: Options<M> & Reduction<ElementOf<A>> & Into<A> & X): Result<M, A>;
  scan(data: number, options?: Options<M> & Reduction<number> & X): Result<M, number>;
  scan<T>(data: T, options: Options<M> & { op: Op<T> } & X): Result<M, T>;
  /** Rank 0 gets undefined. */
  exscan<A extends NumericArray>(
    data: A,
    options?: Options<M> & Reduction<ElementOf<A>> & Into<A> & X,
  ): Result<M, A | undefined>;
  exscan(data: number, options?: Options<M> & Reduction<number> & X): Result<M, number | undefined>;
  exscan<T>(data: T, options: Options<M> & { op: Op<T> } & X): Result<M, T | undefined>;
}
export interface NeighborCollectives<M extends Mode = 'async'> {
  /**
   * Pieces in MPI's neighbour order: for each dimension, the lower neighbour, then the upper; a missing neighbour
   * leaves its piece of `into` alone (zeros without `into`). Small periodic dimensions follow MPI-4's torus rule.
   */
  neighborAlltoall<A extends NumericArray>(data: A, options?: Options<M> & Into<A>): Result<M, A>;
  neighborAllgather<A extends NumericArray>(data: A, options?: Options<M> & Into<A>): Result<M, A>;
}
/** The blocking twin: the same arguments, the results themselves. */
export interface SyncCommunicator extends PointToPoint<'sync'>, Collectives<'sync'> {}
export interface SyncCartesianCommunicator extends SyncCommunicator, NeighborCollectives<'sync'> {}

export interface Communicator extends PointToPoint, Receiver, Collectives {}
export declare class Communicator implements AsyncDisposable {
  readonly rank: number;
  readonly size: number;
  readonly name: string;
  readonly sync: SyncCommunicator;

  /** Collective. `color: null` leaves the caller out (it gets null). Ranks order by key, then by their rank here. */
  split(color: number | null, options?: CallOptions & { key?: number }): Promise<Communicator | null>;
  /** The ranks that share memory (MPI_COMM_TYPE_SHARED). */
  splitShared(options?: CallOptions): Promise<Communicator>;
  dup(options?: CallOptions): Promise<Communicator>;
  /** Collective over `ranks` only (MPI_Comm_create_group). */
  createGroup(ranks: readonly number[], options?: CallOptions & { tag?: number }): Promise<Communicator>;
  /** Row-major, never reordered. Ranks past the grid get null. */
  cartesian(
    dims: readonly number[],
    options?: CallOptions & { periodic?: readonly boolean[] },
  ): Promise<CartesianCommunicator | null>;
  /**
   * Collective. Starts more ranks in the running mesh (MPI_Comm_spawn); their `world` is theirs alone. A relative
   * path is seen from the job file's folder.
   */
  spawn(
    script: string | URL,
    options: CallOptions & { ranks: number; args?: readonly string[] },
  ): Promise<Intercommunicator>;
  /**
   * Collective, on both sides: meets another job of the same mesh by its name (MPI_Comm_connect and accept, in one).
   */
  connect(job: string, options?: CallOptions): Promise<Intercommunicator>;

  /** An array in memory that the collectives reach without copying. */
  alloc<C extends NumericArrayConstructor>(type: C, length: number): ArrayOf<C>;
  /** Collective; lengths may differ. The array starts as zeros. */
  window<C extends NumericArrayConstructor>(
    type: C,
    length: number,
    options?: CallOptions,
  ): Promise<Window<ArrayOf<C>>>;

  /** Fault tolerance (MPI User-Level Failure Mitigation). */
  readonly failed: readonly number[];
  revoke(): void;
  shrink(options?: CallOptions): Promise<Communicator>;
  /** The bitwise AND of `flags` over the ranks alive, the same on each of them, whatever fails meanwhile. */
  agree(flags: number, options?: CallOptions): Promise<number>;
  /** Ends the job. */
  abort(exitCode?: number, reason?: string): never;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CartesianCommunicator extends NeighborCollectives {}
export declare class CartesianCommunicator extends Communicator {
  override readonly sync: SyncCartesianCommunicator;
  readonly dims: readonly number[];
  readonly periodic: readonly boolean[];
  readonly coords: readonly number[];
  /** Wraps along periodic dimensions; PROC_NULL outside the others. */
  rankOf(coords: readonly number[]): number;
  coordsOf(rank: number): number[];
  /** `displacement` defaults to 1. */
  shift(dimension: number, displacement?: number): { source: number; dest: number };
}
/** Balanced factors of `ranks`, largest first (MPI_Dims_create). */
export declare function balancedDims(ranks: number, dimensions: number): number[];

export interface Intercommunicator extends PointToPoint, Receiver {
  readonly rank: number;
  readonly size: number;
  readonly name: string;
  /** Ranks of the other side; `dest` and `source` count there. */
  readonly remoteSize: number;
  barrier(options?: CallOptions): Promise<void>;
  /**
   * As in MPI: the sending rank passes its data and root 'self', the rest of its side root null, the receiving side
   * the sender's rank over there.
   */
  broadcast<T>(data: T | undefined, options: CallOptions & { root: number | 'self' | null }): Promise<T | undefined>;
  /**
   * The receiving rank passes root 'self' and gets the list, the rest of its side root null, the sending side the
   * receiver's rank over there.
   */
  gather<T>(data: T | undefined, options: CallOptions & { root: number | 'self' | null }): Promise<T[] | undefined>;
  /**
   * Both sides become one communicator; the side that passes `high` comes second (by default the spawned or
   * connecting one).
   */
  merge(options?: CallOptions & { high?: boolean }): Promise<Communicator>;
  disconnect(options?: CallOptions): Promise<void>;
}

/**
 * One-sided access to an array that every rank exposes (MPI_Win). Offsets (default 0) and lengths count elements.
 * Legal at any time, atomic per element,
 * served while the target computes; `fence` and `lock` order them. The ops of MPI_REPLACE and MPI_NO_OP are
 * 'replace' and 'noop'.
 */
export type WindowOp = OpName | 'replace' | 'noop';
export interface Window<A extends NumericArray> extends AsyncDisposable {
  readonly local: A;
  put(data: A, options: CallOptions & { target: number; offset?: number }): Promise<void>;
  get(options: CallOptions & { target: number; offset?: number; length: number }): Promise<A>;
  accumulate(data: A, options: CallOptions & { target: number; offset?: number; op?: WindowOp }): Promise<void>;
  /** Gives the value before. */
  fetchAndOp(
    value: ElementOf<A>,
    options: CallOptions & { target: number; offset?: number; op?: WindowOp },
  ): Promise<ElementOf<A>>;
  /** Gives the value before. */
  compareAndSwap(
    options: CallOptions & { target: number; offset?: number; expected: ElementOf<A>; replacement: ElementOf<A> },
  ): Promise<ElementOf<A>>;
  fence(options?: CallOptions): Promise<void>;
  lock<R>(options: CallOptions & { target: number; shared?: boolean }, body: () => R | Promise<R>): Promise<R>;
  flush(target?: number): Promise<void>;
}

export type TsmpiErrorCode =
  | 'ERR_RANK'
  | 'ERR_TAG'
  | 'ERR_COUNT'
  | 'ERR_TYPE'
  | 'ERR_OP'
  | 'ERR_ROOT'
  | 'ERR_ARGUMENT'
  | 'ERR_TRUNCATE' // the message is longer than `into`; both lengths are named
  | 'ERR_MISMATCH' // ranks of one communicator called different collectives, roots, ops, types or lengths
  | 'ERR_DEADLOCK' // every rank waits and nothing is in flight; the message says who waits for whom, and where
  | 'ERR_CANCELLED' // by the caller's AbortSignal; `cause` is its reason
  | 'ERR_TIMEOUT' // by the caller's `timeoutMs`
  | 'ERR_ABORTED' // the job ends
  | 'ERR_RANK_FAILED'
  | 'ERR_REVOKED'
  | 'ERR_CONNECTOR'
  | 'ERR_DENIED'
  | 'ERR_LAUNCH'
  | 'ERR_PROTOCOL'
  | 'ERR_UNSUPPORTED';
export declare class TsmpiError extends Error {
  readonly code: TsmpiErrorCode;
  readonly remedy?: string;
  readonly rank?: number;
  readonly operation?: string;
  /** With ERR_RANK_FAILED: the ranks that are gone. */
  readonly failed?: readonly number[];
}
