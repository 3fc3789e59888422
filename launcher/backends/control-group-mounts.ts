/**
 * Where this machine's control groups are: version 1 has a tree per controller, version 2 one tree for all, and both
 * may be mounted side by side.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Controller = 'memory' | 'cpu' | 'pids';
export const controllers: readonly Controller[] = ['memory', 'cpu', 'pids'];

/** A tree of control groups and the places in it where a job's group may be made, best first. */
export interface ControlGroupTree {
  readonly version: 1 | 2;
  /** Of the three that limit a sandbox; for version 2, which of them are usable shows when a group is made. */
  readonly controllers: readonly Controller[];
  readonly parents: readonly string[];
}

/** What the kernel escapes in mountinfo: space, tab, newline and backslash, in octal. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The path of this process's group, by controller (version 1) or by '' (version 2), from /proc/self/cgroup. */
function ownPaths(selfCgroup: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of selfCgroup.split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    for (const name of names.split(',')) paths.set(name, path);
  }
  return paths;
}

/** This process's group as a directory; the mount itself when the group lies outside what is mounted here. */
function ownDirectory(mountPoint: string, root: string, path: string | undefined): string {
  if (path === undefined) return mountPoint;
  const prefix = root === '/' ? '' : root;
  if (path === '/' || path === root || !path.startsWith(`${prefix}/`)) return mountPoint;
  const directory = join(mountPoint, path.slice(prefix.length));
  return existsSync(directory) ? directory : mountPoint;
}

/** The trees, from the texts of /proc/self/mountinfo and /proc/self/cgroup. */
export function controlGroupTrees(mountinfo: string, selfCgroup: string): ControlGroupTree[] {
  const own = ownPaths(selfCgroup);
  const trees: ControlGroupTree[] = [];
  for (const line of mountinfo.split('\n')) {
    const [front, back] = line.split(' - ');
    const [, , , root, mountPoint] = front?.split(' ') ?? [];
    const [type, , options] = back?.split(' ') ?? [];
    if (root === undefined || mountPoint === undefined) continue;
    const point = unescapePath(mountPoint);
    if (type === 'cgroup2') {
      const directory = ownDirectory(point, unescapePath(root), own.get(''));
      // A group that holds processes cannot hand controllers to groups below it, so a sibling is often the only way.
      const parents = directory === point ? [directory] : [directory, dirname(directory)];
      trees.push({ version: 2, controllers, parents });
    } else if (type === 'cgroup' && options !== undefined) {
      const here = controllers.filter((name) => options.split(',').includes(name));
      const [first] = here;
      if (first === undefined) continue;
      trees.push({ version: 1, controllers: here, parents: [ownDirectory(point, unescapePath(root), own.get(first))] });
    }
  }
  return trees;
}
