/** What an agent knows of its own ranks: who runs, who is over, and how each of them ended. */
import type { RankOver } from '../rendezvous/options.ts';
import { RankState } from '../transport/rank-status.ts';
import type { Segment } from '../transport/segment.ts';
import { reportOf } from './error-report.ts';
import type { WorkerEnd } from './workers.ts';
import { EndReason, type ErrorReport } from './rank-task.ts';

/** What a shell gives for a process that V8 aborted because its heap was full. */
const outOfMemoryExitCode = 134;

export class LocalRanks {
  readonly #segment: Segment;
  readonly #firstRank: number;
  readonly #workerEnds = new Map<number, WorkerEnd>();
  readonly #closed = new Set<number>();

  constructor(segment: Segment, firstRank: number) {
    this.#segment = segment;
    this.#firstRank = firstRank;
  }

  /** Lets every rank run. */
  go(): void {
    for (let local = 0; local < this.#segment.ranks; local += 1) {
      const status = this.#segment.status(local);
      // A rank that could not start is over already, and stays it.
      if (status.state !== RankState.starting) continue;
      status.state = RankState.running;
      this.#segment.wake(local);
    }
  }

  /** The rank's worker is gone. */
  workerGone(local: number, end: WorkerEnd): void {
    if (!this.#workerEnds.has(local)) this.#workerEnds.set(local, end);
  }

  /** Ranks that have ended and are not yet closed. */
  ended(): readonly number[] {
    const ended: number[] = [];
    for (let local = 0; local < this.#segment.ranks; local += 1) {
      if (this.#closed.has(local)) continue;
      const over = this.#segment.status(local).state === RankState.over;
      if (over || this.#workerEnds.has(local)) ended.push(local);
    }
    return ended;
  }

  /** Everything that the rank left behind has been passed on. */
  close(local: number): void {
    this.#closed.add(local);
  }

  get allClosed(): boolean {
    return this.#closed.size === this.#segment.ranks;
  }

  /** How an ended rank ended. `report` is what it said itself; `abort` the end of the job, when it was ordered. */
  overOf(local: number, report: ErrorReport | undefined, abort: { exitCode: number } | null): RankOver {
    const rank = this.#firstRank + local;
    const status = this.#segment.status(local);
    if (status.state === RankState.over) {
      const { exitCode } = status;
      if (status.reason === EndReason.exit) return { rank, exitCode, reason: 'exit' };
      if (status.reason === EndReason.aborted)
        return { rank, exitCode: abort?.exitCode ?? exitCode, reason: 'aborted' };
      return { rank, exitCode, reason: 'throw', ...(report === undefined ? {} : { error: report }) };
    }
    const end = this.#workerEnds.get(local);
    if (end?.outOfMemory === true) return { rank, exitCode: outOfMemoryExitCode, reason: 'out-of-memory' };
    if (abort !== null) return { rank, exitCode: abort.exitCode, reason: 'aborted' };
    return { rank, exitCode: 1, reason: 'throw', error: report ?? reportOf(end?.error) };
  }
}
