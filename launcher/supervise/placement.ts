/**
 * Which ranks live in which sandbox. Ranks fill sandboxes in order, across the programs of an MPMD job, so that a
 * rank's neighbours in number are its neighbours in memory.
 */

/** One sandbox: its index in the mesh and the world ranks it holds (consecutive). */
export interface Place {
  readonly index: number;
  readonly firstRank: number;
  readonly ranks: readonly number[];
}

/** Ranks 0 … `size` − 1 in sandboxes of `ranksPerSandbox`; the last one may hold fewer. */
export function placeRanks(size: number, ranksPerSandbox: number): Place[] {
  const places: Place[] = [];
  for (let firstRank = 0; firstRank < size; firstRank += ranksPerSandbox) {
    const count = Math.min(ranksPerSandbox, size - firstRank);
    const ranks = Array.from({ length: count }, (_, offset) => firstRank + offset);
    places.push({ index: places.length, firstRank, ranks });
  }
  return places;
}

/** The index of each rank's program: the first `programs[0].ranks` ranks run program 0, and so on. */
export function programOfRanks(programs: readonly { readonly ranks: number }[]): number[] {
  return programs.flatMap(({ ranks }, program) => Array.from({ length: ranks }, () => program));
}
