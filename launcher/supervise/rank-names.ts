/**
 * What ranks are called. Those of the job itself go by their numbers; those that they spawn by the number of the spawn,
 * from 1, and their rank in its world: `1:0`.
 */
export type NameOf = (rank: number) => string;

export class RankNames {
  /** By first rank, ascending: worlds never mix. */
  readonly #worlds: { number: number; firstRank: number }[];

  /** `worlds`: those of the start, by the numbers of their spawns, 0 for the job itself. */
  constructor(worlds: readonly { number: number; firstRank: number }[] = [{ number: 0, firstRank: 0 }]) {
    this.#worlds = [...worlds];
  }

  /** The ranks from `firstRank` on are those of spawn `number`. */
  add(number: number, firstRank: number): void {
    this.#worlds.push({ number, firstRank });
    this.#worlds.sort((left, right) => left.firstRank - right.firstRank);
  }

  readonly of: NameOf = (rank) => {
    const world = this.#worlds.findLast(({ firstRank }) => firstRank <= rank);
    if (world === undefined) return String(rank);
    if (world.number === 0) return String(rank - world.firstRank);
    return `${String(world.number)}:${String(rank - world.firstRank)}`;
  };
}
