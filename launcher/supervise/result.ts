import type { RankOver } from '../../runtime/rendezvous/options.ts';
import type { ExitReason } from '../backends/backend.ts';
import { type Cause, exitCodeOfSignal } from './cause.ts';
import type { Phase } from './timeline.ts';

/**
 * How one rank ended. Spawned ranks count on from those of the job. `exitCode` is null when a signal ended it, or when
 * nobody knows.
 * @example
 * await using job = await launch('job.ts', { ranks: 2 });
 * const { ranks } = await job.done;
 * const failed: RankExit[] = ranks.filter(({ exitCode }) => exitCode !== 0);
 */
export interface RankExit {
  readonly rank: number;
  readonly reason: ExitReason;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly error?: Error;
}

/** How a job ended. */
export interface JobResult {
  /** The exit code of `tsmpirun`. */
  readonly exitCode: number;
  /** One entry for each rank, in order. */
  readonly ranks: readonly RankExit[];
}

/** What a job tells while it runs, in order. */
export type JobEvent =
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'progress'; readonly joined: number; readonly connected: number; readonly sandboxes: number }
  | { readonly type: 'started'; readonly id: string; readonly ranks: number; readonly sandboxes: number }
  | { readonly type: 'diagnostic'; readonly sandbox: number; readonly line: string }
  | {
      readonly type: 'spawned';
      /** Counted from 1. */
      readonly spawn: number;
      readonly firstRank: number;
      readonly ranks: number;
      readonly script: string;
    }
  | { readonly type: 'rank'; readonly exit: RankExit; readonly name: string }
  | { readonly type: 'cause'; readonly cause: Cause; readonly lines: readonly string[] }
  | { readonly type: 'closing'; readonly lines: readonly string[] }
  | {
      readonly type: 'timeline';
      readonly entries: readonly { readonly phase: Phase; readonly atMs: number }[];
      readonly lines: readonly string[];
    }
  | { readonly type: 'ended'; readonly exitCode: number };

/** Where a job's output and news go. */
export interface JobSinks {
  /** Output of a rank, in its order; a returned promise is backpressure, up to the rank itself. */
  output(rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void>;
  /** The rank prints nothing more. */
  outputOver(rank: number): void;
  event(event: JobEvent): void;
}

/** The entry of a rank from what its agent said of it. */
export function exitOfRank(over: RankOver): RankExit {
  const { rank, exitCode, reason, error } = over;
  const exit: RankExit = { rank, reason, exitCode, signal: null };
  if (error === undefined) return exit;
  const revived = new Error(error.message);
  revived.name = error.name;
  revived.stack = error.stack;
  if (error.code !== undefined) Object.assign(revived, { code: error.code });
  return { ...exit, error: revived };
}

/** The entry of a rank that the end of the job took, and of which nothing was heard. */
export function abortedExit(rank: number): RankExit {
  return { rank, reason: 'aborted', exitCode: null, signal: null };
}

/** With `--on-failure continue`: 0 when a rank returned well, else what the first one that failed left. */
export function survivorsExitCode(exits: readonly RankExit[]): number {
  if (exits.some(({ exitCode }) => exitCode === 0)) {
    const survivors = exits.filter(({ reason }) => reason === 'exit');
    return survivors.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0;
  }
  const [first] = exits;
  if (first === undefined) return 0;
  return first.signal === null ? (first.exitCode ?? 1) : exitCodeOfSignal(first.signal);
}
