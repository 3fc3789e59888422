import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from './run-tsmpirun.ts';

/** File contents by path relative to the project. */
export type ProjectFiles = Readonly<Record<string, string | Uint8Array>>;

/**
 * Makes a project that depends on the built package (`node_modules/tsmpi` is a link to it), calls `body` with its
 * directory and removes it again, whatever happened. A `package.json` with `"type": "module"` is added unless given.
 * The directory's name does not begin with `tsmpi-`: those are the jobs' own, and leftovers are counted by that name.
 */
export async function withTemporaryProject<R>(
  files: ProjectFiles,
  body: (directory: string) => R | Promise<R>,
): Promise<R> {
  const directory = await mkdtemp(join(tmpdir(), 'project-of-test-'));
  try {
    const all = { 'package.json': '{ "name": "job", "private": true, "type": "module" }\n', ...files };
    for (const [path, content] of Object.entries(all)) {
      const target = join(directory, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
    }
    await mkdir(join(directory, 'node_modules'), { recursive: true });
    await symlink(packageRoot, join(directory, 'node_modules', 'tsmpi'));
    return await body(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
