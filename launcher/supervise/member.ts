/** A job, as the mesh that it runs in knows it. */
import type { RunningJob } from './job.ts';
import type { Named } from './meetings.ts';
import type { FreeNumbers } from './placement.ts';

interface MemberParts {
  readonly name: string;
  readonly number: number;
  readonly job: RunningJob;
  /** Where the launching program is in the mesh, if it is. */
  readonly attached: FreeNumbers | null;
  /** Resolves when nothing of the job is left. */
  readonly done: () => Promise<unknown>;
}

export class Member implements Named {
  readonly #parts: MemberParts;

  constructor(parts: MemberParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get number(): number {
    return this.#parts.number;
  }

  get job(): RunningJob {
    return this.#parts.job;
  }

  /** Ranks, of all its worlds. */
  get size(): number {
    return this.job.sandboxes.worlds.reduce((sum, { ranks }) => sum + ranks.length, 0);
  }

  holds(rank: number): boolean {
    const { attached, job } = this.#parts;
    return rank === attached?.rank || job.sandboxes.worlds.some(({ ranks }) => ranks.includes(rank));
  }

  /** Resolves when nothing of the job is left. */
  done(): Promise<unknown> {
    return this.#parts.done();
  }
}
