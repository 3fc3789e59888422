/**
 * The /etc of a sandbox: the few files that programs expect (`localhost` has an address, the user a name, clocks a
 * time zone), nothing of the host's.
 */
import { chmod, copyFile, mkdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { insideId } from './bubblewrap-arguments.ts';

const files: Readonly<Record<string, string>> = {
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  passwd: `tsmpi:x:${String(insideId)}:${String(insideId)}:tsmpi:/tmp:/bin/false\n`,
  group: `tsmpi:x:${String(insideId)}:\n`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

/** Writes it to `directory`, with the host's list of libraries where Node needs that to find its own. */
export async function writeEtc(directory: string, withLibraryCache: boolean): Promise<void> {
  await mkdir(directory);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), 0o644);
  }
  if (withLibraryCache) {
    await copyFile('/etc/ld.so.cache', join(directory, 'ld.so.cache'));
    await chmod(join(directory, 'ld.so.cache'), 0o644);
  }
  // ICU, which tells Node the time, takes the zone's name from where the link points to.
  const zone = await readlink('/etc/localtime').catch(() => null);
  if (zone !== null) await symlink(join('/etc', zone), join(directory, 'localtime'));
  await chmod(directory, 0o755);
}
