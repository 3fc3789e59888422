/**
 * The private directory of one job: sockets, bundle, and the list of what must not outlive it.
 */
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, lstatSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TsmpiError } from '../runtime/core/errors.ts';
import { chooseJobUser, type JobUser } from './job-user.ts';
import { startTimeOf } from './process-identity.ts';
import { type Reaper, reap, startReaper } from './reaper.ts';
import { currentOwner, jobDirectoryParents, sweepDeadJobs } from './sweep.ts';

export type { JobUser } from './job-user.ts';

/** Something outside the job directory that must end with the job. */
export type Claim =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'cgroup'; readonly path: string };

export interface JobDirectory extends AsyncDisposable {
  /** The random part of the directory's name: 22 characters of base64url, 128 bits. */
  readonly id: string;
  /** Absolute and short, so that socket paths in it stay below the 107 bytes that unix sockets allow. */
  readonly path: string;
  /** Where the rendezvous service listens. */
  readonly rendezvousPath: string;
  /** Sandboxes listen here, each on `<index>.sock`. */
  readonly meshDirectory: string;
  /** Bundles are written here, those of each job in a folder of their own. */
  readonly bundleDirectory: string;
  /** What the sandboxes of a job map lies here, for each job in a folder of its own. */
  readonly memoryDirectory: string;
  /** The job's own user; null when the launcher is not root and sandboxes run as its user. */
  readonly user: JobUser | null;
  /** Notes something that must end with the job, for the reaper and for the sweep. Takes effect at once. */
  claim(claim: Claim): void;
  /**
   * Hands what was written so far (bundle, rendezvous socket, segment) to `user` and verifies owners and modes;
   * ERR_LAUNCH names a path that others may enter. Backends call it before the first sandbox starts: bundle and
   * rendezvous come first.
   */
  seal(user?: JobUser | null): Promise<void>;
  /** Hands `path`, written by now, and what lies below it to whom `seal` gives the rest. */
  hand(path: string): Promise<void>;
  /** Ends every claim and removes the directory; safe to call twice. */
  dispose(): Promise<void>;
}

const idBytes = 16;
const where = 'job directory';

/**
 * Makes the directory (0700, on tmpfs where there is one), starts the reaper that outlives this process, and sweeps
 * what dead launchers left. Rejects with ERR_LAUNCH when no place for it can be written.
 */
export async function createJobDirectory(): Promise<JobDirectory> {
  const parents = jobDirectoryParents();
  const parent = parents.find(isWritable);
  if (parent === undefined) {
    throw new TsmpiError('ERR_LAUNCH', `none of ${parents.join(', ')} can be written`, {
      where,
      remedy: 'mount a tmpfs on /dev/shm or set TMPDIR to a directory of yours',
    });
  }
  const random = randomBytes(idBytes);
  const directory = new LocalJobDirectory(
    random.toString('base64url'),
    parent,
    chooseJobUser(random.readUInt32LE(), parents),
  );
  await directory.open();
  return directory;
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Effective, because that is who the kernel makes the owner of new files. */
function launcherUid(): number {
  return process.geteuid?.() ?? -1;
}

class LocalJobDirectory implements JobDirectory {
  readonly id: string;
  readonly path: string;
  readonly rendezvousPath: string;
  readonly meshDirectory: string;
  readonly bundleDirectory: string;
  readonly memoryDirectory: string;
  readonly user: JobUser | null;
  readonly #owned: readonly string[];
  #claims = -1;
  #reaper: Reaper | null = null;
  #sweep: Promise<unknown> = Promise.resolve();
  #sealed: Promise<void> | null = null;
  /** Whom the directory was sealed for. */
  #holder: JobUser | null = null;
  #disposed: Promise<void> | null = null;

  constructor(id: string, parent: string, user: JobUser | null) {
    this.id = id;
    this.path = join(parent, `tsmpi-${id}`);
    this.rendezvousPath = join(this.path, 'rdv', 'r.sock');
    this.meshDirectory = join(this.path, 'mesh');
    this.bundleDirectory = join(this.path, 'bundle');
    this.memoryDirectory = join(this.path, 'memory');
    this.user = user;
    const parts = [join(this.path, 'rdv'), this.meshDirectory, this.bundleDirectory, this.memoryDirectory];
    this.#owned = [this.path, ...parts];
  }

  async open(): Promise<void> {
    for (const directory of this.#owned) mkdirSync(directory, { mode: 0o700 });
    // The claims exist before the owner: from then on a sweep may come.
    this.#claims = openSync(join(this.path, 'claims'), 'ax', 0o600);
    writeFileSync(join(this.path, 'owner'), JSON.stringify(currentOwner()), { mode: 0o600, flag: 'wx' });
    this.#reaper = startReaper(this.path);
    this.#sweep = sweepDeadJobs();
    for (const directory of this.#owned) {
      const { mode, uid } = await lstat(directory);
      this.#refuse(directory, mode & 0o077, uid);
    }
    // So that the job's user can go to what it gets; what it does not get stays the launcher's.
    if (this.user !== null) await lchown(this.path, this.user.uid, this.user.gid);
  }

  claim(claim: Claim): void {
    if (this.#claims < 0) throw new TsmpiError('ERR_LAUNCH', `${this.path} is disposed of`, { where });
    if (claim.kind === 'cgroup') {
      writeSync(this.#claims, `cgroup ${claim.path}\n`);
      return;
    }
    const startTime = startTimeOf(claim.pid);
    // Gone already: nothing to claim.
    if (startTime !== null) writeSync(this.#claims, `process ${String(claim.pid)} ${startTime}\n`);
  }

  seal(user: JobUser | null = this.user): Promise<void> {
    if (this.#sealed === null) {
      this.#holder = user;
      this.#sealed = this.#seal(user);
    }
    return this.#sealed;
  }

  async hand(path: string): Promise<void> {
    // `seal` is yet to come, and takes it with the rest.
    if (this.#sealed === null) return;
    await this.#sealed;
    const below = (await lstat(path)).isDirectory() ? await readdir(path, { recursive: true }) : [];
    for (const each of [...below.map((name) => join(path, name)).reverse(), path]) {
      // A segment lies where sandboxes write: what they could have put in its place is not followed.
      const status = await lstat(each);
      if (status.isSymbolicLink()) throw new TsmpiError('ERR_LAUNCH', `${each} is a symbolic link`, { where });
      const mode = status.isDirectory() ? 0o700 : 0o600;
      if ((status.mode & 0o777) !== mode) await chmod(each, mode);
      if (this.user === null) continue;
      await lchown(each, this.#holder?.uid ?? launcherUid(), this.#holder?.gid ?? launcherUid());
    }
  }

  async #seal(user: JobUser | null): Promise<void> {
    const contents = await Promise.all(
      this.#owned
        .slice(1)
        .map(async (directory) => (await readdir(directory, { recursive: true })).map((name) => join(directory, name))),
    );
    // Deepest first and the job directory last: whoever gets it finds everything below already checked.
    for (const path of [...this.#owned, ...contents.flat()].reverse()) {
      const status = await lstat(path);
      if (status.isSymbolicLink()) throw new TsmpiError('ERR_LAUNCH', `${path} is a symbolic link`, { where });
      // Files and sockets are out of reach behind their directory; an open write bit is a mistake all the same.
      this.#refuse(path, status.mode & (this.#owned.includes(path) ? 0o077 : 0o022), status.uid);
      await chmod(path, status.isDirectory() ? 0o700 : 0o600);
      if (this.user !== null) await lchown(path, user?.uid ?? launcherUid(), user?.gid ?? launcherUid());
    }
  }

  #refuse(path: string, openBits: number, uid: number): void {
    const expected = launcherUid();
    if (openBits === 0 && (uid === expected || (path === this.path && uid === this.user?.uid))) return;
    const what =
      openBits === 0
        ? `${path} belongs to user ${String(uid)} instead of ${String(expected)}`
        : `${path} is open to others (mode bits ${openBits.toString(8).padStart(3, '0')} of group and world are set)`;
    throw new TsmpiError('ERR_LAUNCH', `${what}; somebody changed it while the job started`, { where });
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    if (this.#claims >= 0) closeSync(this.#claims);
    this.#claims = -1;
    const reaped = (await this.#reaper?.finish()) ?? false;
    // A reaper that somebody killed leaves its work to a second one.
    if (!reaped) await reap(this.path);
    await this.#sweep;
    if (lstatSync(this.path, { throwIfNoEntry: false }) !== undefined) {
      throw new TsmpiError('ERR_LAUNCH', `${this.path} could not be removed`, { where, remedy: `rm -rf ${this.path}` });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
