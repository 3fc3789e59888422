/** Collectives, and the blocking twins of communicators. */
import type { ElementOf, NumericArray, Op, OpName } from './api-data.ts';
import type { Options, PointToPoint, Result, Mode } from './api-messages.ts';

/**
 * The rank that gives or gets what the others do not; 0 when left out.
 * @example
 * const root: Root = { root: world.size - 1 };
 * const all = await world.gather(world.rank, root);
 */
export interface Root {
  root?: number;
}

/**
 * The array that takes the result: as long as it, or longer. It may be the data itself.
 * @example
 * const data = new Float64Array(100);
 * const into: Into<Float64Array> = { into: data };
 * await world.allreduce(data, into);
 */
export interface Into<A> {
  into?: A;
}

/**
 * Elements of each rank, in rank order: on every rank, equal, or on none (it saves asking).
 * @example
 * const counts: Counts = { counts: Array.from({ length: world.size }, (_, rank) => rank) };
 * const all = await world.allgather(new Float64Array(world.rank), counts);
 */
export interface Counts {
  counts?: readonly number[];
}

/**
 * How operands combine: the name of an operation, or one of the user's; 'sum' when left out.
 * @example
 * const reduction: Reduction<number> = { op: 'min' };
 * const least = await world.allreduce(world.rank, reduction);
 */
export interface Reduction<T> {
  op?: OpName | Op<T>;
}

/**
 * The collectives, over all ranks of a communicator. X: options that a form adds to every call.
 * @example
 * async function mean(comm: Collectives, values: Float64Array): Promise<number> {
 *   const sum = await comm.sumExact(values);
 *   const count = await comm.allreduce(values.length);
 *   return sum / count;
 * }
 */
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

/**
 * Collectives among neighbours in a grid.
 * @example
 * async function halo(grid: NeighborCollectives, edges: Float64Array): Promise<Float64Array> {
 *   return await grid.neighborAlltoall(edges);
 * }
 */
export interface NeighborCollectives<M extends Mode = 'async'> {
  /**
   * Pieces in MPI's neighbour order: for each dimension, the lower neighbour, then the upper; a missing neighbour
   * leaves its piece of `into` alone (zeros without `into`). Small periodic dimensions follow MPI-4's torus rule: what
   * is sent towards the lower neighbour arrives as the upper one's, also where both are the same rank.
   */
  neighborAlltoall<A extends NumericArray>(data: A, options?: Options<M> & Into<A>): Result<M, A>;
  neighborAllgather<A extends NumericArray>(data: A, options?: Options<M> & Into<A>): Result<M, A>;
}

/**
 * The blocking twin: the same arguments, the results themselves.
 * @example
 * const { sync }: { sync: SyncCommunicator } = world;
 * const total = sync.allreduce(Float64Array.of(1, 2));
 */
export interface SyncCommunicator extends PointToPoint<'sync'>, Collectives<'sync'> {}

/**
 * That of a grid.
 * @example
 * function exchange(sync: SyncCartesianCommunicator, edges: Float64Array): Float64Array {
 *   return sync.neighborAlltoall(edges);
 * }
 */
export interface SyncCartesianCommunicator extends SyncCommunicator, NeighborCollectives<'sync'> {}
