/**
 * From a backend's name to a backend that can run here.
 */
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { JobDirectory } from '../job-directory.ts';
import type { Backend } from './backend.ts';
import { BubblewrapBackend } from './bubblewrap.ts';
import { ProcessBackend, processBackendNotice } from './process.ts';

export const backendNames = ['local', 'process'] as const;
export type BackendName = (typeof backendNames)[number];

export interface BackendOptions {
  readonly jobDirectory: JobDirectory;
  /** Gets one line each time something turns out weaker than asked for. */
  readonly log: (line: string) => void;
}

export interface ChosenBackend {
  readonly backend: Backend;
  /** One line that the user must see: another backend than asked for, or what this one does not hold back. */
  readonly notice?: string;
}

function isBackendName(name: string): name is BackendName {
  return (backendNames as readonly string[]).includes(name);
}

/**
 * The backend called `name`; where `local` cannot run, `process`, and `notice` says why and how to mend it. The caller
 * disposes of it before the job directory. Rejects with ERR_LAUNCH for a name that does not exist.
 */
export async function createBackend(name: string, options: BackendOptions): Promise<ChosenBackend> {
  if (!isBackendName(name)) {
    throw new TsmpiError('ERR_LAUNCH', `there is no backend ${name}`, {
      remedy: `choose one of ${backendNames.join(', ')}`,
    });
  }
  if (name === 'process')
    return { backend: new ProcessBackend(options), notice: `backend process: ${processBackendNotice}` };
  const backend = new BubblewrapBackend(options);
  const refusal = await backend.refusal();
  if (refusal === null) return { backend };
  await backend[Symbol.asyncDispose]();
  return {
    backend: new ProcessBackend(options),
    notice: `no sandbox: ${refusal.reason}; mend it with: ${refusal.remedy}; until then ${processBackendNotice}`,
  };
}
