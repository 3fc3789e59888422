/** Sizes that were measured (`docs/BENCHMARKS.md`), not reasoned. */
const KiB = 1024;

/** What a rank stages at a time: large enough that meeting costs little, small enough that all tiles fit the cache. */
export function tileBytesOf(size: number, crowded: boolean): number {
  if (!crowded) return 128 * KiB;
  return size <= 8 ? 512 * KiB : 256 * KiB;
}

/** With more ranks than cores: up to so many bytes of all ranks together the last one reduces for all. */
export const onceBytesMax = 1024 * KiB;
