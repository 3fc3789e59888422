/**
 * Whether a sandbox can show something at the place that a `--mount` asks for. Checked before anything starts: in the
 * sandbox it would be a message of bubblewrap's.
 */
import { type Stats, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { Mount } from '../backends/backend.ts';
import { refuse } from './refusal.ts';

/** A sandbox makes these itself, and what is in them. */
const ownTargets = ['/proc', '/dev', '/sys'];
/** The one place in them where others may stand: below it, not on it, for a job's own files lie there too. */
const sharedMemory = '/dev/shm';
/** Node and its libraries are shown here. */
const systemTargets = ['/usr', '/lib', '/lib64', '/etc'];

/** What else a sandbox shows, at the paths that it has outside. */
export interface ShownPaths {
  /** Absolute. */
  readonly cwd: string;
  /** Absolute. */
  readonly scripts: readonly string[];
}

/** Refuses a mount whose place is the sandbox's own, would hide what a rank needs, or cannot be made. */
export function checkMountPlace(option: string, { source, target }: Mount, { cwd, scripts }: ShownPaths): void {
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

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
