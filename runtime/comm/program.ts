/**
 * What a collective sees of its communicator: a point-to-point interface and nothing below it, and the shape of the
 * generators that use it. One program runs blocking, awaited or simulated: it never knows which.
 */

/** A started send or receive. */
export interface Operation {
  /** True once it completed, failed or was cancelled. */
  readonly done: boolean;
  /** Why it failed; undefined while it runs and after success. */
  readonly error: Error | undefined;
  /** Bytes that arrived (receives) or were sent; 0 until done. */
  readonly bytes: number;
}

/**
 * A program yields the operations that it needs done before it can go on, and is resumed when all of them are (with
 * the first error thrown into it, if any failed). It returns its result.
 */
export type Program<R> = Generator<readonly Operation[], R, void>;

/** Who makes a call, for its errors. */
export interface Caller {
  readonly rank: number;
  readonly size: number;
  /** The collective's name, as `CollectiveHost.exchange` was given it. */
  readonly operation: string;
  /** The rank of the communicator that has a number here, where not all of its ranks take part. */
  readonly rankOf?: (rank: number) => number;
  /** True where its ranks are of several worlds, which know different things of their machines. */
  readonly isMixed?: boolean | undefined;
  /** For error messages, for example `rank 3 allreduce on world`. */
  readonly where: string;
}

/** One call of a collective, on one rank. Ranks are ranks of the communicator. Nothing here blocks. */
export interface Exchange extends Caller {
  /**
   * Starts a send of `data` to `peer`. `step` (0 to 4095) keeps messages of one call apart; messages of one
   * (source, step) arrive in order. `data` must stay unchanged until the operation is done.
   */
  send(peer: number, step: number, data: Uint8Array): Operation;
  /** Starts a receive of exactly the message (peer, step) into `into`; a longer message is ERR_TRUNCATE. */
  receive(peer: number, step: number, into: Uint8Array): Operation;
}
