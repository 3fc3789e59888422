/**
 * The plug that every collective algorithm fits: steps, and the manifest entry that names an algorithm, its
 * restrictions and its cost.
 *
 * An algorithm is a generator of steps. It never touches a message, a promise or a lock: a driver does what each step
 * says and resumes it. `perform.ts` drives it over a communicator, `simulate.ts` in virtual time.
 */

import type { NumericArray } from '../runtime/core/api.ts';

/** Elementwise `target = left op right`; the three have one length and type, and `target` may be either operand. */
export type Combine = (target: NumericArray, left: NumericArray, right: NumericArray) => void;

/** Starts a send of `data`, which must not change until it was waited for. */
export interface SendStep {
  readonly kind: 'send';
  readonly peer: number;
  readonly tag: number;
  readonly data: NumericArray;
}

/** Starts a receive into `into`, whose contents are undefined until it was waited for. */
export interface ReceiveStep {
  readonly kind: 'receive';
  readonly peer: number;
  readonly tag: number;
  readonly into: NumericArray;
  /** True: the message fills `into`, or the ranks disagree. False: it may be shorter. */
  readonly exact: boolean;
  /** Elements that arrived; set by the driver before the wait for this step returns. */
  received: number;
}

export interface ReduceStep {
  readonly kind: 'reduce';
  readonly combine: Combine;
  readonly target: NumericArray;
  readonly left: NumericArray;
  readonly right: NumericArray;
}

/** `target` takes the elements of `source`, which has the same length and type. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly target: NumericArray;
  readonly source: NumericArray;
}

/** Resumes when the given steps are done; without any, when everything started is. */
export interface WaitStep {
  readonly kind: 'wait';
  readonly steps: readonly (SendStep | ReceiveStep)[] | null;
}

export type Step = SendStep | ReceiveStep | ReduceStep | CopyStep | WaitStep;

/** Steps of one rank. Whatever is still in flight when it returns is waited for by the driver. */
export type Steps = Generator<Step, void, void>;

export function send(peer: number, tag: number, data: NumericArray): SendStep {
  return { kind: 'send', peer, tag, data };
}

export function receive(peer: number, tag: number, into: NumericArray): ReceiveStep {
  return { kind: 'receive', peer, tag, into, exact: true, received: 0 };
}

/** A receive of at most `into.length` elements; the step's `received` says how many, once waited for. */
export function receiveUpTo(peer: number, tag: number, into: NumericArray): ReceiveStep {
  return { kind: 'receive', peer, tag, into, exact: false, received: 0 };
}

export function reduce(combine: Combine, target: NumericArray, left: NumericArray, right: NumericArray): ReduceStep {
  return { kind: 'reduce', combine, target, left, right };
}

export function copy(target: NumericArray, source: NumericArray): CopyStep {
  return { kind: 'copy', target, source };
}

/** Waits for everything that was started. */
export function wait(): WaitStep {
  return { kind: 'wait', steps: null };
}

/** Waits for these steps only; others stay in flight. */
export function waitFor(...steps: readonly (SendStep | ReceiveStep)[]): WaitStep {
  return { kind: 'wait', steps };
}

/** Who takes part. Every call of an algorithm has one. */
export interface Place {
  readonly rank: number;
  readonly size: number;
  /** The first of the message tags that are the algorithm's own; it may use `tagsPerAlgorithm` of them. */
  readonly tag: number;
}

/** Tags that one algorithm may use from `Place.tag` on. A call that runs several one after another spaces them so. */
export const tagsPerAlgorithm = 16;

/** A reduction in place: `vector` holds this rank's operand, and then the result where the collective leaves one. */
export interface ReductionCall extends Place {
  readonly vector: NumericArray;
  /** Where this rank's operand lies, when it is not in `vector`. Only for algorithms that read it there. */
  readonly operand?: NumericArray;
  readonly combine: Combine;
  /** When false, operands must combine in rank order. */
  readonly commutative: boolean;
}

/** Away from the root `vector` is spoiled. */
export interface RootedReductionCall extends ReductionCall {
  readonly root: number;
}

/** A movement of the root's `vector` to the vector of every rank. */
export interface BroadcastCall extends Place {
  readonly root: number;
  readonly vector: NumericArray;
}

/** Where each rank's piece lies in an array of all pieces, in elements. */
export interface Layout {
  readonly counts: readonly number[];
  readonly offsets: readonly number[];
  /** True when a rank that has an empty piece and its peer both know it for sure: it is then not sent. */
  readonly sparse: boolean;
}

/** Gather: `own` of each rank to its place in `all` of the root (null elsewhere), where `own` may lie already. */
export interface GatherCall extends Place {
  readonly root: number;
  readonly layout: Layout;
  readonly own: NumericArray;
  readonly all: NumericArray | null;
}

/** Scatter: pieces of `all` at the root (null elsewhere) to `own` of each rank, which may lie in `all` already. */
export interface ScatterCall extends Place {
  readonly root: number;
  readonly layout: Layout;
  readonly own: NumericArray;
  readonly all: NumericArray | null;
}

/** Allgather in place: `all` holds this rank's piece at its place, and then everybody's. */
export interface AllgatherCall extends Place {
  readonly layout: Layout;
  readonly all: NumericArray;
}

/** Alltoall: piece r of `input` goes to rank r, where it lands as piece `rank` of `output`. The two do not overlap. */
export interface AlltoallCall extends Place {
  readonly input: NumericArray;
  readonly inputLayout: Layout;
  readonly output: NumericArray;
  readonly outputLayout: Layout;
}

/** Reduce-scatter: piece `rank` of the reduction of all `vector`s goes to `own`. `vector` is left alone. */
export interface ReduceScatterCall extends ReductionCall {
  readonly layout: Layout;
  readonly own: NumericArray;
}

/** Prefix reduction in place; `exclusive` leaves the operands of the ranks below, and rank 0's vector as it was. */
export interface ScanCall extends ReductionCall {
  readonly exclusive: boolean;
}

/** The call shape of each collective. */
export interface Calls {
  barrier: Place;
  broadcast: BroadcastCall;
  reduce: RootedReductionCall;
  allreduce: ReductionCall;
  gather: GatherCall;
  scatter: ScatterCall;
  allgather: AllgatherCall;
  alltoall: AlltoallCall;
  reduceScatter: ReduceScatterCall;
  scan: ScanCall;
}
export type Collective = keyof Calls;

/**
 * What an algorithm costs for `size` ranks and `bytes` bytes (the whole vector: of a gather, all pieces together).
 * `messages` and `bytes` are totals over all ranks and exact when the pieces are even. The rest is the longest chain of
 * one rank waiting for another: `rounds`·α + `pathBytes`·β + `pathReduced`·γ, an upper bound, and exact where the
 * algorithm's header gives one formula for any size.
 */
export interface Cost {
  readonly rounds: number;
  readonly pathBytes: number;
  readonly pathReduced: number;
  readonly messages: number;
  readonly bytes: number;
}

/** One algorithm, as the manifest lists it. */
export interface Algorithm<C extends Collective> {
  readonly collective: C;
  /** Unique in its collective, kebab-case, as in its file's name. */
  readonly name: string;
  /** True when operands do not combine in rank order, so that the operation must be commutative. */
  readonly commutativeOnly: boolean;
  /** True when every rank must have the same count. */
  readonly evenOnly: boolean;
  /** True for a reduction that takes an `operand`. */
  readonly readsOperand?: true;
  cost(size: number, bytes: number): Cost;
  steps(call: Calls[C]): Steps;
}
