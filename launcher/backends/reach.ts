/**
 * What another user could read: a root launcher asks it for the user that its sandboxes run as. Mode bits only; access
 * that only an ACL grants is not seen, which costs a needless detour and nothing else.
 */
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JobUser } from '../job-directory.ts';

const readBit = 4;
const enterBit = 1;

function allows(status: Stats, user: JobUser, bits: number): boolean {
  const shift = status.uid === user.uid ? 6 : status.gid === user.gid ? 3 : 0;
  return ((status.mode >> shift) & bits) === bits;
}

export type Reach =
  /** The user can go there and read it. */
  | 'open'
  /** A directory on the way is closed; the thing itself is not. */
  | 'hidden'
  /** The thing itself is closed. */
  | 'closed';

/** How `user` stands to the file or directory that `path` resolves to. Rejects as `stat` does when there is none. */
export async function reachOf(
  path: string,
  user: JobUser,
): Promise<{ realPath: string; reach: Reach; directory: boolean }> {
  const realPath = await realpath(path);
  const status = await stat(realPath);
  const directory = status.isDirectory();
  if (!allows(status, user, directory ? readBit | enterBit : readBit)) return { realPath, reach: 'closed', directory };
  for (let parent = dirname(realPath); ; parent = dirname(parent)) {
    if (!allows(await stat(parent), user, enterBit)) return { realPath, reach: 'hidden', directory };
    if (parent === '/') return { realPath, reach: 'open', directory };
  }
}
