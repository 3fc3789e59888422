/**
 * What ranks are called. Those of the job itself go by their numbers; those that they spawn by the number of the spawn,
 * from 1, and their rank in its world: `1:0`.
 */
export type NameOf = (rank: number) => string;

export class RankNames {
  /** By first rank, ascending: worlds never mix. */
  readonly #worlds = [{ number: 0, firstRank: 0 }];

  /** The ranks from `firstRank` on are those of spawn `number`. */
  add(number: number, firstRank: number): void {
    this.#worlds.push({ number, firstRank });
    this.#worlds.sort((left, right) => left.firstRank - right.firstRank);
  }

  readonly of: NameOf = (rank) => {
    const world = this.#worlds.findLast(({ firstRank }) => firstRank <= rank);
    if (world === undefined || world.number === 0) return String(rank);
    return `${String(world.number)}:${String(rank - world.firstRank)}`;
  };
}
