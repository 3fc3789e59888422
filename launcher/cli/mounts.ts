/**
 * What a job mounts: whether it is there, and whether a sandbox can show it at the place that is asked for. Checked
 * before anything starts: in the sandbox it would be a message of bubblewrap's.
 */
import { constants } from 'node:fs';
import { dirname, isAbsolute, normalize, relative, resolve } from 'node:path';
import type { Mount } from '../backends/backend.ts';
import type { BackendName } from '../job-spec.ts';
import { isAllowed, statOf } from './paths.ts';
import { refuse } from './refusal.ts';

/** A sandbox makes these itself, and what is in them. */
const ownTargets = ['/proc', '/dev', '/sys'];
/** The one place in them where others may stand: below it, not on it, for a job's own files lie there too. */
const sharedMemory = '/dev/shm';
/** Node and its libraries are shown here. */
const systemTargets = ['/usr', '/lib', '/lib64', '/etc'];

/** What else a sandbox shows, at the paths that it has outside. */
interface ShownPaths {
  /** Absolute. */
  readonly cwd: string;
  /** Absolute. */
  readonly scripts: readonly string[];
}

/** As the user wrote it, for refusals, and what it asks for. */
export interface AskedMount {
  readonly as: string;
  readonly mount: Mount;
}

/** The mounts of a job, with absolute paths. Refuses what cannot be mounted. */
export function checkedMounts(asked: readonly AskedMount[], shown: ShownPaths, backend: BackendName): readonly Mount[] {
  const mounts = asked.map(({ as, mount }) => ({ as, mount: checkedMount(as, mount, shown.cwd) }));
  for (const [at, { as, mount }] of mounts.entries()) {
    checkPlace(as, mount, shown);
    const isTaken = mounts.slice(0, at).some(({ mount: { target } }) => target === mount.target);
    if (isTaken) refuse(as, `something else is mounted at ${mount.target}`, 'give each mount its own place');
    if (backend === 'process' && mount.source !== mount.target) {
      const instead = `keep the path, ${mount.source}:${mount.source}, or use the local backend`;
      refuse(as, 'the process backend cannot show a folder at another path', instead);
    }
  }
  return mounts.map(({ mount }) => mount);
}

/** A relative source is seen from the working directory. */
function checkedMount(as: string, { source, target, writable }: Mount, cwd: string): Mount {
  if (!isAbsolute(target)) {
    return refuse(as, `${target} is no absolute path`, `write for example ${source}:${resolve(cwd, target)}`);
  }
  const path = resolve(cwd, source);
  const stats = statOf(path);
  if (stats === undefined) return refuse(as, `${source} does not exist`, 'name a file or folder of this machine');
  if (!isAllowed(path, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK)) {
    return refuse(as, `${source} cannot be read by you`, 'ask its owner, or mount something else');
  }
  if (writable && !isAllowed(path, constants.W_OK)) {
    return refuse(as, `${source} cannot be written by you`, 'mount it to be read, or ask its owner');
  }
  return { source: path, target: normalize(target).replace(/(?<=.)\/$/, ''), writable };
}

/** Refuses a mount whose place is the sandbox's own, would hide what a rank needs, or cannot be made. */
function checkPlace(option: string, { source, target }: Mount, { cwd, scripts }: ShownPaths): void {
  const isOwn = target === '/' || ownTargets.some((own) => isInside(target, own));
  if (isOwn && !target.startsWith(`${sharedMemory}/`)) {
    refuse(option, `${target} is the sandbox's own`, 'mount below another folder, such as /data');
  }
  // The same files at their own path hide nothing.
  if (source === target) return;
  if (systemTargets.includes(target) || isInside(process.execPath, target)) {
    refuse(option, `it would hide node and its libraries in ${target}`, 'mount below another folder, such as /data');
  }
  const hidden = [cwd, ...scripts].find((path) => path !== target && isInside(path, target));
  if (hidden !== undefined) refuse(option, `it would hide ${hidden}`, 'mount below another folder, such as /data');
  const around = [cwd, ...scripts.map(dirname)].find((directory) => directory !== '/' && isInside(target, directory));
  if (around !== undefined) checkStanding(option, source, target, around);
}

/** In a folder that is shown as it is, nothing can be made to mount on: it must stand there already. */
function checkStanding(option: string, source: string, target: string, around: string): void {
  const isFolder = statOf(source)?.isDirectory() === true;
  const kind = isFolder ? 'folder' : 'file';
  const place = statOf(target);
  if (place !== undefined && place.isDirectory() === isFolder) return;
  const instead = 'or mount below another folder, such as /data';
  if (place !== undefined)
    return refuse(option, `${source} is a ${kind}, and ${target} is none`, `name a ${kind}, ${instead}`);
  const inside = `${relative(around, target)} in ${around}`;
  refuse(option, `there is no ${inside} to mount on`, `make an empty ${kind} of that name, ${instead}`);
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
