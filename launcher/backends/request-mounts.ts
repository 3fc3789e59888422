/**
 * The mounts of a request, checked and followed to where their sources really are.
 */
import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { Mount } from './backend.ts';

/** Parts of a sandbox that are made for it and that nothing of the host may cover. */
const kept: readonly string[] = ['/', '/proc', '/dev', '/sys'];

/**
 * A mount as it can be made: its source exists, and where a link leads to the source, the real path is there too.
 * Rejects with ERR_LAUNCH naming what is wrong with it.
 */
export async function resolvedMount(mount: Mount, where: string): Promise<Mount[]> {
  const { source, target, writable } = mount;
  if (!isAbsolute(source) || !isAbsolute(target)) {
    throw new TsmpiError('ERR_LAUNCH', `mount ${source}:${target} has a relative path`, {
      where,
      remedy: 'give absolute paths',
    });
  }
  if (kept.includes(target)) {
    throw new TsmpiError('ERR_LAUNCH', `nothing can be mounted at ${target}`, {
      where,
      remedy: target === '/' ? 'start in a directory of the project' : 'choose another target',
    });
  }
  const realSource = await realpath(source).catch((error: unknown) => {
    throw new TsmpiError('ERR_LAUNCH', `mount source ${source} cannot be reached (${(error as Error).message})`, {
      where,
      cause: error,
    });
  });
  if (realSource === source) return [{ source, target, writable }];
  // Node resolves links: what it imports from below the target, it opens by the real path.
  const behind = { source: realSource, target: realSource, writable };
  return target === source
    ? [behind, { source: realSource, target, writable }]
    : [{ source: realSource, target, writable }];
}
