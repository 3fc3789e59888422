/** Powers of two around a number of ranks. */

/** The largest k with 2^k ≤ n, for n ≥ 1. */
export function floorLog2(n: number): number {
  return 31 - Math.clz32(n);
}

/** The smallest k with 2^k ≥ n, for n ≥ 1: the rounds in which a doubling set covers n ranks. */
export function ceilLog2(n: number): number {
  return n <= 1 ? 0 : 32 - Math.clz32(n - 1);
}

/** Ranks in the subtree of `position` in a binomial tree over positions 0 to `size` − 1 that is rooted at 0. */
export function subtreeSize(position: number, size: number): number {
  if (position === 0) return size;
  return Math.min(position & -position, size - position);
}

/** Pieces that cross the edges of a binomial tree when every rank's piece travels between it and the root. */
export function binomialTraffic(size: number): number {
  let pieces = 0;
  for (let position = 1; position < size; position++) pieces += subtreeSize(position, size);
  return pieces;
}
