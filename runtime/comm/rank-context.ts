import type { RankConnectors } from '../core/connectors.ts';
import type { ParentRanks } from '../core/parent-ranks.ts';
import type { BareShare } from '../transport/bare/bare-share.ts';
import type { SharedSegment } from '../transport/host-segment.ts';

/**
 * What a rank's thread is told before the job's module is imported. `sandbox/rank.ts` puts it on the global object
 * under a symbol; without it the program is the only rank of a world of size 1 (plain `node job.ts`).
 */
export interface RankContext {
  /** The memory of the sandbox's segment. */
  readonly memory: WebAssembly.Memory;
  /** Ranks in this sandbox: the layout of the segment follows from it. */
  readonly localRanks: number;
  /** This rank's endpoint in it, 0 to localRanks - 1. */
  readonly localIndex: number;
  /** The segment that this rank shares with others: those of its sandbox, or all of its host. */
  readonly host: SharedSegment;
  /** Number of the first of them; their numbers follow each other. Others are reached through the agent. */
  readonly hostFirstRank: number;
  /** Number of the first rank of each segment that the world lies in, in order: the same list on each of its ranks. */
  readonly segmentStarts: readonly number[];
  /** This rank's number in the mesh: its own, whatever joins later. Where engines speak of ranks they mean these. */
  readonly rank: number;
  /** Number of the first rank of the world; their numbers follow each other. */
  readonly worldFirst: number;
  /** Ranks of the world. */
  readonly size: number;
  /** Those that started these ranks, where they are in the mesh. */
  readonly parent?: ParentRanks | undefined;
  /** The roster's generation, written into every header. */
  readonly epoch: number;
  /** Null: a program that runs alone. */
  readonly jobId: string | null;
  /** True for a program that joined the mesh of the job that it launched: its thread has more to do than to wait. */
  readonly isAttached?: boolean;
  /** For the collectives, which know its form; undefined: as shipped. */
  readonly tuning?: object | undefined;
  /** True where the ranks of the job outnumber the cores that they share. */
  readonly crowded?: boolean | undefined;
  /** Takes lines about which form of each collective runs; undefined: nobody asked. */
  readonly tell?: ((line: string) => void) | undefined;
  /** The links of the sandbox, where this rank is alone in it and uses them itself. */
  readonly bare?: BareShare;
  /** Present: the resources that the job was started with. */
  readonly connectors?: RankConnectors;
}

/** The key of the global object under which the context lies. */
const rankContextKey: unique symbol = Symbol.for('tsmpi.rank') as typeof rankContextKey;

/** This thread's context, or undefined outside `tsmpirun`. */
export function rankContext(): RankContext | undefined {
  return (globalThis as { [rankContextKey]?: RankContext })[rankContextKey];
}

/** Called by the rank's start-up code, once, before anything imports the job. */
export function setRankContext(context: RankContext): void {
  Object.defineProperty(globalThis, rankContextKey, { value: context, configurable: true });
}

/** What the rank's start-up code may ask of the rank's engine; there is none until the job imports `tsmpi`. */
export interface EngineHooks {
  /** True while a call is outstanding, that is, while the event loop must not end. */
  outstanding(): boolean;
  /**
   * Blocks until everything that this rank has sent is in shared memory, or with the kernel, where it outlives the
   * thread; and gives the links of the sandbox back to the agent. To be called before the thread ends, however it ends.
   * False when `timeoutMs` passed first, or the job was aborted.
   */
  drain(timeoutMs: number): boolean;
}

const engineKey: unique symbol = Symbol.for('tsmpi.engine') as typeof engineKey;

/** Called by the engine of this thread. On the global object, because the job may load its own copy of the package. */
export function setEngineHooks(hooks: EngineHooks): void {
  Object.defineProperty(globalThis, engineKey, { value: hooks, configurable: true });
}

/** The hooks of this thread's engine; undefined where the job never imported `tsmpi`. */
export function engineHooks(): EngineHooks | undefined {
  return (globalThis as { [engineKey]?: EngineHooks })[engineKey];
}
