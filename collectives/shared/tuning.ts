/** Sizes that were measured (`docs/BENCHMARKS.md`), not reasoned: plain data, which a tuning file may change. */

const KiB = 1024;

/** In bytes, each a multiple of 64. */
export interface SharedSizes {
  /** What a rank stages at a time: so large that meeting costs little, so small that all tiles fit the cache. */
  readonly tile: number;
  /** The same with more ranks than cores: of up to 8 ranks, of more. */
  readonly crowdedTile: number;
  readonly manyRanksTile: number;
  /** With more ranks than cores: up to so many bytes of all ranks together the last one reduces for all. */
  readonly onceMax: number;
}

export const shippedSizes: SharedSizes = {
  tile: 128 * KiB,
  crowdedTile: 128 * KiB,
  manyRanksTile: 128 * KiB,
  onceMax: 2048 * KiB,
};

let sizes = shippedSizes;

/** Instead of the shipped ones, from now on; every rank must use the same, and before its first collective. */
export function useSizes(given: Partial<SharedSizes>): void {
  sizes = { ...shippedSizes, ...given };
}

/** At least a cache line for each rank: a tile may hold a piece for everybody. */
export function tileBytesOf(size: number, crowded: boolean): number {
  const least = size * 64;
  if (!crowded) return Math.max(sizes.tile, least);
  return Math.max(size <= 8 ? sizes.crowdedTile : sizes.manyRanksTile, least);
}

export function onceBytesMax(): number {
  return sizes.onceMax;
}
