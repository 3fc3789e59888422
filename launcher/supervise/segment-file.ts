/**
 * The file that all sandboxes of a job map: the memory that their ranks share (`runtime/transport/host-segment.ts`). It
 * lies in the job's own directory on tmpfs, so it is private to the job and gone with it. Its length is only a bound: a
 * page takes memory when a rank first uses it, and counts against the memory of the sandbox that does.
 */
import { closeSync, ftruncateSync, openSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../backends/backend.ts';
import { type JobSpec, sizeOf } from '../job-spec.ts';
import type { JobArea } from './job-area.ts';
import { findKoffi } from './koffi.ts';

/** What an agent needs to map it. */
export interface SegmentFile {
  readonly path: string;
  /** koffi's native file. */
  readonly koffi: string;
}

/** In one clause why there is none, and what helps. */
export interface SegmentLoss {
  readonly why: string;
  readonly remedy: string;
}

/** Whether there is one; null when nobody would use it or nobody wants it. */
export type SegmentChoice = SegmentFile | SegmentLoss | null;

const tmpfsMagic = 0x0102_1994;
const pageBytes = 64 * 1024;
/** wasm32 addresses 4 GiB; the last page stays out, so that every end is an address too. */
const bytesMax = 2 ** 32 - pageBytes;
/** Below this, lanes and staging of a few ranks would already fill it. */
const bytesMin = 32 * 1024 * 1024;

/** Makes the file, for the job directory to hand to the sandboxes' user. Each world has its own, `name`. */
export function makeSegmentFile(
  { sharedMemory, programs, ranksPerSandbox, memoryMiB = Infinity }: JobSpec,
  backend: Backend,
  { memory }: JobArea,
  name: string,
): SegmentChoice {
  const ranks = sizeOf(programs);
  if (!sharedMemory || ranks <= ranksPerSandbox || backend.sharesMemory !== true) return null;
  const koffi = findKoffi();
  if ('why' in koffi) return { why: koffi.why, remedy: 'npm install koffi' };
  const { type, bavail, bsize } = statfsSync(memory);
  const remedy = 'give /dev/shm more space (docker run --shm-size=1g)';
  if (type !== tmpfsMagic) return { why: `${memory} is not on a tmpfs`, remedy };
  // Half, because the rest of the machine lives there too; and not all limits on a sandbox's memory see this one.
  const limit = memoryMiB * 2 ** 20 * Math.ceil(ranks / ranksPerSandbox);
  const room = Math.min((bavail * bsize) / 2, limit, bytesMax);
  const bytes = Math.floor(room / pageBytes) * pageBytes;
  if (bytes < bytesMin) return { why: `${memory} has ${String(bavail * bsize)} bytes left`, remedy };
  const path = join(memory, name);
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    ftruncateSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  return { path, koffi: koffi.path };
}
