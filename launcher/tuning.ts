/**
 * Which tuning a job has: the file that it names, or the one of this user for this machine. The launcher reads it once
 * and hands it to every rank, so that all choose alike.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Tuning } from '../collectives/tuning.ts';

/** Named instead of a file: what is shipped counts, whatever file there is. */
const noTuning = 'none';

/** Where a job looks that names no file, and where `tsmpi bench tune` writes unless told otherwise. */
export function usualTuningPath(): string {
  const { XDG_CONFIG_HOME: configuration = '' } = process.env;
  return join(configuration === '' ? join(homedir(), '.config') : configuration, 'tsmpi', 'tuning.json');
}

/**
 * Undefined: what is shipped counts. The usual file counts only on the kind of machine that it was measured on; a file
 * that was named counts on any. What is wrong with a file is thrown as an Error of one line.
 */
export async function tuningFor(named: string | undefined): Promise<Tuning | undefined> {
  const path = named ?? usualTuningPath();
  if (named === noTuning || (named === undefined && !existsSync(path))) return undefined;
  // Most jobs have no such file: what reads it need not be loaded for them.
  const { isForThisMachine, readTuning } = await import('./tuning-file.ts');
  const tuning = readTuning(path);
  return named !== undefined || isForThisMachine(tuning) ? tuning : undefined;
}
