/**
 * The arrays of `world.alloc` that kernels work on: pieces of one, as large as the largest size needs. An array for
 * each size would fill the segment, which gets freed arrays back only with the collection of garbage.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { world } from 'tsmpi';

/** Pieces begin at whole cache lines. */
const alignmentBytes = 64;
/** What the ends of the pieces may waste: a kernel has two. */
const wasteBytes = 2 * alignmentBytes;

let arena: Uint8Array = new Uint8Array(0);
let takenBytes = 0;

/**
 * Collective. Makes room for arrays of `bytes` together; false, on every rank, when some rank's do not lie in shared
 * memory because its segment is too small for them.
 */
export async function reserve(bytes: number): Promise<boolean> {
  arena = new Uint8Array(0);
  await collectGarbage();
  arena = world.alloc(Uint8Array, bytes + wasteBytes);
  return world.sync.allreduce(world.isShared(arena) ? 1 : 0, { op: 'min' }) === 1;
}

/** Makes all of it free again, for the next kernel. */
export function release(): void {
  takenBytes = 0;
}

/** The next piece: where an array may lie. */
export function take(bytes: number): { readonly buffer: ArrayBufferLike; readonly byteOffset: number } {
  const byteOffset = arena.byteOffset + takenBytes;
  takenBytes += Math.ceil(bytes / alignmentBytes) * alignmentBytes;
  return { buffer: arena.buffer, byteOffset };
}

/** So that finalisers run, which need a turn of the event loop. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  await turn();
  await turn();
}
