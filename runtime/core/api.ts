/**
 * The shapes of the public API: pure types, no behaviour. The classes and values that go with them are exported by
 * `runtime/index.ts`.
 *
 * Rules that hold everywhere: payload first, then one options object. A Promise-returning call starts at the call and
 * completes at the await. `comm.sync` is the blocking twin. A numeric array travels as its bytes, any other value by
 * structured clone. Zero length is legal.
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

/** The array type that a constructor makes, over any buffer. */
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
   * `reproducible`: each element is the correctly rounded sum of the ranks' contributions, whatever the order, the
   * algorithm or the machine (floating 'sum' only, else ERR_UNSUPPORTED; exact ops are reproducible anyway). See also
   * `sumExact`.
   */
  allreduce<A extends NumericArray>(
    data: A,
    options?: Options<M> & Reduction<ElementOf<A>> & Into<A> & { reproducible?: boolean } & X,
  ): Result<M, A>;
  allreduce(data: number, options?: Options<M> & Reduction<number> & { reproducible?: boolean } & X): Result<M, number>;
  allreduce<T>(data: T, options: Options<M> & { op: Op<T> } & X): Result<M, T>;
  /**
   * The correctly rounded sum of all elements of all ranks: the same bits however the data is spread over however many
   * ranks. (R. M. Neal, arXiv:1505.05571)
   */
  sumExact(local: Float64Array | Float32Array, options?: Options<M> & X): Result<M, number>;
  /** Elementwise extreme over the ranks, and the lowest rank that holds it (MPI_MINLOC, MPI_MAXLOC). */
  allreduceLocation<A extends NumericArray>(
    data: A,
    options: Options<M> & { op: 'min' | 'max' } & X,
  ): Result<M, { value: A; rank: Int32Array }>;

  /** Numeric arrays (all of one type) are concatenated in rank order and may differ in length; other values come as a
   * list; ranks that mix the two
   *  get ERR_MISMATCH. `[array]` gives a list of arrays. */
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
/** Those of windows: MPI_REPLACE and MPI_NO_OP are 'replace' and 'noop'. */
export type WindowOp = OpName | 'replace' | 'noop';
/**
 * One-sided access to an array that every rank of a communicator exposes (MPI_Win). Offsets (0 when left out) and
 * lengths count elements. Calls are legal at any time, atomic per element, and served while the target computes, also
 * when it has returned; a call's promise resolves when it is done at the target. `fence` and `lock` order them.
 *
 * Bad arguments reject with ERR_RANK, ERR_COUNT, ERR_TYPE or ERR_OP before anything moves; calls that need a dead
 * target with ERR_RANK_FAILED.
 *
 * @example
 * await using counters = await world.window(Int32Array, 1);
 * const mine = await counters.fetchAndOp(1, { target: 0 });
 */
export interface Window<A extends NumericArray> extends AsyncDisposable {
  /** This rank's own part, which it reads and writes as any array. */
  readonly local: A;
  /** Copies `data` to the target (MPI_Put). */
  put(data: A, options: CallOptions & { target: number; offset?: number }): Promise<void>;
  /** A copy of `length` elements of the target (MPI_Get). */
  get(options: CallOptions & { target: number; offset?: number; length: number }): Promise<A>;
  /** Combines elements of the target with those of `data`; `op` is 'sum' when left out (MPI_Accumulate). */
  accumulate(data: A, options: CallOptions & { target: number; offset?: number; op?: WindowOp }): Promise<void>;
  /** Combines one element with `value`, and gives the one before (MPI_Fetch_and_op). */
  fetchAndOp(
    value: ElementOf<A>,
    options: CallOptions & { target: number; offset?: number; op?: WindowOp },
  ): Promise<ElementOf<A>>;
  /** Replaces one element where it has the bits of `expected`, and gives the one before (MPI_Compare_and_swap). */
  compareAndSwap(
    options: CallOptions & { target: number; offset?: number; expected: ElementOf<A>; replacement: ElementOf<A> },
  ): Promise<ElementOf<A>>;
  /** Collective: all that any rank has asked before is done (MPI_Win_fence). */
  fence(options?: CallOptions): Promise<void>;
  /**
   * Runs `body` while this rank holds the target's lock, alone or (`shared`) together with others that share it, and
   * gives what it gives (MPI_Win_lock, MPI_Win_unlock). All that it asks of the target is done when the lock is given
   * back. Locks bind those who take them: calls without one are not kept out. A rank takes that
   * of one target once at a time (else ERR_ARGUMENT); that of a rank that dies is free again.
   */
  lock<R>(options: CallOptions & { target: number; shared?: boolean }, body: () => R | Promise<R>): Promise<R>;
  /** What this rank has asked of `target`, or of all, is done (MPI_Win_flush). */
  flush(target?: number): Promise<void>;
}
export interface NeighborCollectives<M extends Mode = 'async'> {
  /**
   * Pieces in MPI's neighbour order: for each dimension, the lower neighbour, then the upper; a missing neighbour
   * leaves its piece of `into` alone (zeros without `into`). Small periodic dimensions follow MPI-4's torus rule: what
   * is sent towards the lower neighbour arrives as the upper one's, also where both are the same rank.
   */
  neighborAlltoall<A extends NumericArray>(data: A, options?: Options<M> & Into<A>): Result<M, A>;
  neighborAllgather<A extends NumericArray>(data: A, options?: Options<M> & Into<A>): Result<M, A>;
}
/** The blocking twin: the same arguments, the results themselves. */
export interface SyncCommunicator extends PointToPoint<'sync'>, Collectives<'sync'> {}
export interface SyncCartesianCommunicator extends SyncCommunicator, NeighborCollectives<'sync'> {}
