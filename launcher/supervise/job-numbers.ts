/**
 * What the ranks and sandboxes of a job are numbered, seen from outside: from 0 on, those of each spawn after those
 * before. In the mesh they have other numbers where it has had other jobs.
 */
import type { Cause } from './cause.ts';
import { type NameOf, RankNames } from './rank-names.ts';
import type { JobEvent, JobSinks, RankExit } from './result.ts';
import type { World } from './world.ts';

export class JobNumbers {
  readonly #ranks = new Numbers();
  readonly #sandboxes = new Numbers();
  readonly #names = new RankNames([]);

  /** Its ranks and sandboxes come next. */
  add({ number, ranks, sandboxes }: World): void {
    this.#ranks.add(ranks);
    this.#sandboxes.add(sandboxes);
    this.#names.add(number, ranks[0] ?? 0);
  }

  /** What a rank with that number in the mesh is called. */
  get nameOf(): NameOf {
    return this.#names.of;
  }

  exit(exit: RankExit): RankExit {
    return { ...exit, rank: this.#ranks.of(exit.rank) };
  }

  /** The same sinks for who calls ranks and sandboxes by their numbers in the mesh. */
  sinks(sinks: JobSinks): JobSinks {
    return {
      output: (rank, stream, bytes) => sinks.output(this.#ranks.of(rank), stream, bytes),
      outputOver: (rank) => {
        sinks.outputOver(this.#ranks.of(rank));
      },
      event: (event) => {
        sinks.event(this.#event(event));
      },
    };
  }

  #event(event: JobEvent): JobEvent {
    switch (event.type) {
      case 'diagnostic':
        return { ...event, sandbox: this.#sandboxes.of(event.sandbox) };
      case 'spawned':
        return { ...event, firstRank: this.#ranks.of(event.firstRank) };
      case 'rank':
        return { ...event, exit: this.exit(event.exit) };
      case 'cause':
        return { ...event, cause: this.#cause(event.cause) };
      default:
        return event;
    }
  }

  #cause(cause: Cause): Cause {
    switch (cause.kind) {
      case 'rank':
        return { ...cause, over: { ...cause.over, rank: this.#ranks.of(cause.over.rank) } };
      case 'abort':
        return cause.rank === null ? cause : { ...cause, rank: this.#ranks.of(cause.rank) };
      case 'sandbox':
        return { ...cause, ranks: cause.ranks.map((rank) => this.#ranks.of(rank)) };
      default:
        return cause;
    }
  }
}

/** Numbers that follow each other, from runs of numbers that do. */
class Numbers {
  readonly #runs: { readonly first: number; readonly count: number; readonly number: number }[] = [];
  #next = 0;

  add(run: readonly number[]): void {
    this.#runs.push({ first: run[0] ?? 0, count: run.length, number: this.#next });
    this.#next += run.length;
  }

  /** Of one that is in no run: itself. */
  of(given: number): number {
    const run = this.#runs.find(({ first, count }) => given >= first && given < first + count);
    return run === undefined ? given : given - run.first + run.number;
  }
}
