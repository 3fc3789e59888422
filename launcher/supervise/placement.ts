/**
 * Which ranks live in which sandbox. Ranks fill sandboxes in order, across the programs of an MPMD job, so that a
 * rank's neighbours in number are its neighbours in memory.
 */

/** One sandbox: its index in the mesh and the ranks it holds (consecutive numbers in the mesh). */
export interface Place {
  readonly index: number;
  readonly firstRank: number;
  readonly ranks: readonly number[];
}

/** The numbers of a mesh from which on no rank and no sandbox has any. */
export interface FreeNumbers {
  readonly rank: number;
  readonly sandbox: number;
}

/** `size` ranks in sandboxes of `ranksPerSandbox`, numbered from `free` on; the last one may hold fewer. */
export function placeRanks(size: number, ranksPerSandbox: number, free: FreeNumbers): Place[] {
  const places: Place[] = [];
  for (let at = 0; at < size; at += ranksPerSandbox) {
    const count = Math.min(ranksPerSandbox, size - at);
    const firstRank = free.rank + at;
    const ranks = Array.from({ length: count }, (_, offset) => firstRank + offset);
    places.push({ index: free.sandbox + places.length, firstRank, ranks });
  }
  return places;
}

/** The index of each rank's program: the first `programs[0].ranks` ranks run program 0, and so on. */
export function programOfRanks(programs: readonly { readonly ranks: number }[]): number[] {
  return programs.flatMap(({ ranks }, program) => Array.from({ length: ranks }, () => program));
}
