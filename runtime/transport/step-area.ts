/**
 * Where ranks meet in shared memory: the layout of an area, which holds for each rank a ring of slots, one for each of
 * its last steps, and for each place in the ring a gate. `comm/team.ts` says how they are used.
 */

/** Steps that a rank may be ahead of the slowest one: calls that wait for nobody (a broadcast's root) stream. */
export const stepsAheadMax = 8;

/** A slot's first words: the step it holds, and three that say what the step is (its signature). */
export const slotHeadBytes = 16;
/** The payload of a short call, beside what fits the head's own line. */
export const slotPayloadBytes = 4096 + 48;
const slotBytes = slotHeadBytes + slotPayloadBytes;
/** Words from a slot to the next one. */
export const slotWords = slotBytes / 4;

/** Words of an area's first line: how its ranks meet, how many waits must be woken one by one, how many have left. */
export const wayWord = 0;
export const watchersWord = 1;
export const leftWord = 2;

/** A line for what all agree on, then the gates: a line to count on, and one to look at. */
const headerBytes = 64;
const gateBytes = 128;
const gatesBytes = headerBytes + stepsAheadMax * gateBytes;

/** Bytes of an area of `ranks` ranks. */
export function areaBytes(ranks: number): number {
  return gatesBytes + (ranks + 1) * stepsAheadMax * slotBytes;
}

/** Offsets in an area, in words, of what belongs to `step`. */
export function gateWord(step: number): number {
  return (headerBytes + (step & (stepsAheadMax - 1)) * gateBytes) / 4;
}

/** The slot of `rank`; of rank −1, the one for a result of all. */
export function slotByte(rank: number, step: number): number {
  return gatesBytes + ((rank + 1) * stepsAheadMax + (step & (stepsAheadMax - 1))) * slotBytes;
}
