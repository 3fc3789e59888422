/**
 * What a rank's thread is told before the job's module is imported. `sandbox/rank.ts` puts it on the global object
 * under `rankContextKey`; without it the program is the only rank of a world of size 1 (plain `node job.ts`).
 */
export interface RankContext {
  /** The memory of the sandbox's segment. */
  readonly memory: WebAssembly.Memory;
  /** Ranks in this sandbox: the layout of the segment follows from it. */
  readonly localRanks: number;
  /** This rank's endpoint in the segment, 0 to localRanks - 1. */
  readonly localIndex: number;
  /** World rank. */
  readonly rank: number;
  /** Ranks of the world. */
  readonly size: number;
  /** World rank → endpoint in this segment, or -1 for a rank of another sandbox (reached through the agent). */
  readonly localOf: Int32Array;
  /** The roster's generation, written into every header. */
  readonly epoch: number;
  readonly jobId: string;
}

/** The key of the global object under which the context lies. */
export const rankContextKey: unique symbol = Symbol.for('tsmpi.rank') as typeof rankContextKey;

/** This thread's context, or undefined outside `tsmpirun`. */
export function rankContext(): RankContext | undefined {
  return (globalThis as { [rankContextKey]?: RankContext })[rankContextKey];
}

/** Called by the rank's start-up code, once, before anything imports the job. */
export function setRankContext(context: RankContext): void {
  Object.defineProperty(globalThis, rankContextKey, { value: context, configurable: true });
}
