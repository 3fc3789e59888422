/**
 * What a sandbox sees of the host's files: each directory at its own path, so that stacks, `import.meta.url` and
 * relative reads mean what they say.
 */
import { dirname } from 'node:path';
import type { Mount } from '../backends/backend.ts';
import type { JobDirectory } from '../job-directory.ts';
import type { JobSpec } from '../job-spec.ts';
import type { JobArea } from './job-area.ts';
import { thisPackage } from './package-root.ts';

/** The mounts of every sandbox of a job. The user's own come last: they may lie inside the others. */
export function mountsOf(spec: JobSpec, directory: JobDirectory, area: JobArea, externals: readonly string[]): Mount[] {
  const { root, moduleDirectories } = thisPackage();
  const scripts = spec.programs.map(({ script }) => dirname(script));
  const readOnly = [root, ...moduleDirectories, ...scripts, ...externals];
  // Who starts in / means no project: the whole file system is nothing to show.
  const mounts: Mount[] = spec.cwd === '/' ? [] : [{ source: spec.cwd, target: spec.cwd, writable: spec.writable }];
  for (const path of readOnly) {
    if (!mounts.some(({ target }) => isInside(path, target))) {
      mounts.push({ source: path, target: path, writable: false });
    }
  }
  // A parent mounted after its child would hide it.
  mounts.sort((left, right) => left.target.length - right.target.length);
  return [
    ...mounts,
    { source: area.bundles, target: area.bundles, writable: false },
    { source: dirname(directory.rendezvousPath), target: dirname(directory.rendezvousPath), writable: false },
    { source: directory.meshDirectory, target: directory.meshDirectory, writable: true },
    { source: area.memory, target: area.memory, writable: true },
    ...spec.mounts,
  ];
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
