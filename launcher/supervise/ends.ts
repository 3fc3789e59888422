/** How the ranks of a job ended, and who of them prints nothing more. */
import type { RankOver } from '../../runtime/rendezvous/options.ts';
import type { NameOf } from './rank-names.ts';
import { abortedExit, type JobSinks, type RankExit } from './result.ts';

export class Ends {
  /** What agents said of them. */
  readonly overs = new Map<number, RankOver>();
  readonly #sinks: JobSinks;
  readonly #nameOf: NameOf;
  readonly #exits = new Map<number, RankExit>();
  readonly #silent = new Set<number>();

  constructor(sinks: JobSinks, nameOf: NameOf) {
    this.#sinks = sinks;
    this.#nameOf = nameOf;
  }

  get count(): number {
    return this.#exits.size;
  }

  has(rank: number): boolean {
    return this.#exits.has(rank);
  }

  record(exit: RankExit): void {
    if (this.#exits.has(exit.rank)) return;
    this.#exits.set(exit.rank, exit);
    this.#sinks.event({ type: 'rank', exit, name: this.#nameOf(exit.rank) });
  }

  isSilent(rank: number): boolean {
    return this.#silent.has(rank);
  }

  silence(rank: number): void {
    if (this.#silent.has(rank)) return;
    this.#silent.add(rank);
    this.#sinks.outputOver(rank);
  }

  /** One for each of `ranks`, which print nothing more. */
  of(ranks: readonly number[]): RankExit[] {
    for (const rank of ranks) this.silence(rank);
    return ranks.map((rank) => this.#exits.get(rank) ?? abortedExit(rank));
  }
}
