/**
 * The user that a job's sandboxes run as when the launcher is root: a number of its own that no account has, so that
 * neither the machine's files nor another job's sockets are its.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobDirectoryName } from './sweep.ts';

/** Who the sandboxes of the job run as. */
export interface JobUser {
  readonly uid: number;
  readonly gid: number;
}

/** The range that systemd sets aside for users that live as long as a service (DynamicUser=). */
const firstUid = 61_184;
const lastUid = 65_519;

/** True when every uid of the range exists in this user namespace; in a rootless container it may not. */
function rangeIsMapped(): boolean {
  let map: string;
  try {
    map = readFileSync('/proc/self/uid_map', 'utf8');
  } catch {
    return false;
  }
  return map.split('\n').some((line) => {
    const [inside, , count] = line.trim().split(/\s+/).map(Number);
    return inside !== undefined && count !== undefined && inside <= firstUid && inside + count > lastUid;
  });
}

function uidsOfJobs(parents: readonly string[]): Set<number> {
  const uids = new Set<number>();
  for (const parent of parents) {
    let names: string[] = [];
    try {
      names = readdirSync(parent);
    } catch {
      // Not there: no job's directory is in it either.
    }
    for (const name of names) {
      const status = jobDirectoryName.test(name) ? lstatSync(join(parent, name), { throwIfNoEntry: false }) : undefined;
      if (status !== undefined) uids.add(status.uid);
    }
  }
  return uids;
}

/**
 * A user for a new job whose directory lies in one of `parents`; null when this process is not root, or is root only
 * of a user namespace that maps no spare users (its uid 0 is then an ordinary user outside).
 */
export function chooseJobUser(seed: number, parents: readonly string[]): JobUser | null {
  if (process.geteuid?.() !== 0 || !rangeIsMapped()) return null;
  const taken = uidsOfJobs(parents);
  const count = lastUid - firstUid + 1;
  for (let offset = 0; offset < count; offset += 1) {
    const uid = firstUid + ((seed + offset) % count);
    if (!taken.has(uid)) return { uid, gid: uid };
  }
  return null;
}
