/** Sizes that were measured (`docs/BENCHMARKS.md`), not reasoned. */
const KiB = 1024;

/** Of shorter data one rank of each segment carries all: more messages would cost more than they share. */
const sharedBytesMin = 256 * KiB;

/** True when `width` ranks of each segment share the way of `bytes` bytes between segments. */
export function isShared(width: number, bytes: number): boolean {
  return width > 1 && bytes >= sharedBytesMin;
}
