/**
 * Removes what dead launchers left behind: job directories (with the processes and cgroups they claim) whose owner is
 * gone.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityScope, startTimeOf } from './process-identity.ts';
import { reap } from './reaper.ts';

/** Job directories are named so; nothing else is ever swept. */
export const jobDirectoryName = /^tsmpi-[A-Za-z0-9_-]{22}$/;

/** A directory without an owner file is being made, unless it is older than this. */
const unownedAgeMsMax = 60_000;

/** Who made a job directory. */
export interface JobOwner {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

/** This process as an owner. */
export function currentOwner(): JobOwner {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', ...identityScope() };
}

/** Where job directories may be, best first: memory before disk, and short paths. */
export function jobDirectoryParents(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return [...new Set(['/dev/shm', ...(runtime === undefined || runtime === '' ? [] : [runtime]), tmpdir()])];
}

/** The owner as noted; null when there is no note, or one that others could have written. */
function readOwner(directory: string): JobOwner | null {
  let descriptor: number | undefined;
  try {
    // Never through a link: others may write into /dev/shm and /tmp.
    descriptor = openSync(join(directory, 'owner'), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.uid !== process.geteuid?.() || status.nlink !== 1) return null;
    const owner: unknown = JSON.parse(readFileSync(descriptor, 'utf8'));
    return isOwner(owner) ? owner : null;
  } catch {
    return null;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function isOwner(value: unknown): value is JobOwner {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTime, bootId, pidNamespace } = value as Record<string, unknown>;
  return [typeof pid, typeof startTime, typeof bootId, typeof pidNamespace].join() === 'number,string,string,string';
}

function isAbandoned(directory: string): boolean {
  const status = lstatSync(directory, { throwIfNoEntry: false });
  if (status?.isDirectory() !== true) return false;
  const owner = readOwner(directory);
  if (owner === null) {
    return status.uid === process.geteuid?.() && Date.now() - status.mtimeMs > unownedAgeMsMax;
  }
  const { bootId, pidNamespace } = identityScope();
  if (owner.bootId !== bootId) return true;
  // In another PID namespace (a container that shares /dev/shm) nobody here can tell whether the owner lives.
  return owner.pidNamespace === pidNamespace && startTimeOf(owner.pid) !== owner.startTime;
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // Missing or not ours to read: then none of ours is in it.
  }
}

/** Sweeps; gives the directories it removed. Where nobody can tell the dead from the living (no /proc), none. */
export async function sweepDeadJobs(): Promise<string[]> {
  if (startTimeOf(process.pid) === null) return [];
  const abandoned = jobDirectoryParents().flatMap((parent) =>
    entriesOf(parent)
      .filter((name) => jobDirectoryName.test(name))
      .map((name) => join(parent, name))
      .filter(isAbandoned),
  );
  const removed = await Promise.all(abandoned.map(async (directory) => ((await reap(directory)) ? [directory] : [])));
  return removed.flat();
}
