/** The worker threads of a sandbox's ranks, whoever keeps them. */
import type { RankTask } from './rank-task.ts';

export interface GangOptions {
  /** One task per rank, in order of their endpoints. */
  readonly tasks: readonly RankTask[];
  /** The whole environment of the ranks. */
  readonly env: Readonly<Record<string, string>>;
  /** V8 heap of each rank in MiB; absent: as node chooses. */
  readonly heapMiB?: number | undefined;
}

/** Why a worker is gone. */
export interface WorkerEnd {
  /** The worker's heap was full. */
  readonly outOfMemory: boolean;
  readonly error: Error;
}

/** Is called once for each worker, when it has ended. */
export type WorkerGone = (localIndex: number, end: WorkerEnd) => void;

/** The ranks of a sandbox, once they have been started. */
export interface RanksRun {
  /** Ends every rank where it stands; resolves when all are gone. */
  terminate(): Promise<void>;
}

/** Starts the ranks of a sandbox. */
export type StartRanks = (options: GangOptions, gone: WorkerGone) => RanksRun;

/** The workers, once they have been started. */
export interface Workers extends RanksRun {
  /** Those that have not ended. */
  readonly alive: number;
}

/** What ended a worker. */
export function workerEnd(reason: unknown): WorkerEnd {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  return { outOfMemory: (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY', error };
}
