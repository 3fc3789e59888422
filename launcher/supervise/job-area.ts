/** Where one job of a mesh has its files. Sandboxes of other jobs see none of them. */
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobDirectory } from '../job-directory.ts';

export interface JobArea {
  /** Its bundles. */
  readonly bundles: string;
  /** What its sandboxes map. */
  readonly memory: string;
}

/** `number`: of the job in its mesh. */
export function makeArea({ bundleDirectory, memoryDirectory }: JobDirectory, number: number): JobArea {
  const [bundles, memory] = [join(bundleDirectory, String(number)), join(memoryDirectory, String(number))];
  for (const path of [bundles, memory]) mkdirSync(path, { mode: 0o700 });
  return { bundles, memory };
}

/** To be called when no sandbox of the job is left. */
export async function removeArea({ bundles, memory }: JobArea): Promise<void> {
  for (const path of [bundles, memory]) await rm(path, { recursive: true, force: true });
}
