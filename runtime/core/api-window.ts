/** One-sided access. */
import type { ElementOf, NumericArray, OpName } from './api-data.ts';
import type { CallOptions } from './api-messages.ts';

/**
 * Those of windows: MPI_REPLACE and MPI_NO_OP are 'replace' and 'noop'.
 * @example
 * const op: WindowOp = 'replace';
 * await using flags = await world.window(Int32Array, 1);
 * await flags.accumulate(Int32Array.of(1), { target: 0, op });
 */
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
