/** Where the lanes of a sandbox's segment lie, from the first of them on. */
import { agentRingBytes, inputRingBytes, outputRingBytes } from '../core/limits.ts';
import { Ring } from './ring.ts';

/** Lanes are numbered: to the agent by rank, from the agent by rank, the outputs by rank, then the inputs by rank. */
export const laneKinds = [agentRingBytes, agentRingBytes, outputRingBytes, inputRingBytes] as const;

export function laneBytes(key: number, ranks: number): number {
  return laneKinds[Math.floor(key / ranks)] ?? 0;
}

export function laneOffset(key: number, ranks: number): number {
  let offset = 0;
  for (let kind = 0; kind < laneKinds.length; kind += 1) {
    const before = Math.min(Math.max(key - kind * ranks, 0), ranks);
    offset += before * Ring.bytesFor(laneKinds[kind] ?? 0);
  }
  return offset;
}
