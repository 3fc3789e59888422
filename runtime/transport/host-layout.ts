/** Where things lie in the segment of a host, in words (i32) and bytes. */
import { areaBytes } from './step-area.ts';

/** Kernels may use address 0 to 65535, and an offset of 0 is nobody's. */
export const reservedBytes = 64 * 1024;
export const wasmPageBytes = 64 * 1024;
/** What the segment gives out at a time. */
export const pageBytes = 4096;
export const lineWords = 16;
/** Words of a rank: one line for sleeping, one that says how many lanes lead to it, and where its windows are. */
export const rankWords = 2 * lineWords;

/** How many processes there are. */
export function homesOf(homes: Int32Array): number {
  return homes.reduce((most, home) => Math.max(most, home + 1), 1);
}

/** Where the area of the world's collectives starts. */
export function areaOffset(ranks: number, homes: number): number {
  const words = reservedBytes / 4 + lineWords + homes * lineWords + ranks * rankWords + ranks * ranks;
  return Math.ceil((words * 4) / pageBytes) * pageBytes;
}

/** Where the heap starts. */
export function bytesNeeded(ranks: number, homes: number): number {
  return areaOffset(ranks, homes) + areaBytes(ranks);
}
