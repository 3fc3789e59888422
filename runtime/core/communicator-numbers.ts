/** The numbers of communicators: given by those who make them, so that nobody has to ask whether one is free. */
import { meshRanksMax } from './limits.ts';

/** Message spaces of a communicator: its contexts are its number × so many, and those that follow. */
export const spacesPerCommunicator = 4;
/** Contexts are positive i32s. */
const communicatorsMax = 2 ** 31 / spacesPerCommunicator;
/** From here on: communicators with ranks of several worlds, and those made from such. */
export const mixedMin = communicatorsMax / 2;

/**
 * The number of the `nth` communicator that a rank numbers: no other's that any of its ranks is in. Those of one world
 * are counted apart, by world ranks, from those whose ranks are of several (`isMixed`), counted by numbers in the mesh.
 * Undefined where there is no room for so many.
 */
export function numberOf(
  { rank, worldFirst, size }: { rank: number; worldFirst: number; size: number },
  nth: number,
  isMixed: boolean,
): number | undefined {
  const id = isMixed ? mixedMin + rank + meshRanksMax * nth : 2 + (rank - worldFirst) + size * nth;
  return id < (isMixed ? communicatorsMax : mixedMin) ? id : undefined;
}

/** What a program that launches ranks and joins their mesh has in common with them: the first that it numbers. */
export function attachedNumber(rank: number): number {
  return mixedMin + rank;
}
