/**
 * For a root launcher whose sandboxes run as another user: a private mount namespace in which everything that they
 * need, though it lie below a 0700 home, has a path that this user can go. Only sandboxes enter the namespace; it is
 * gone, with all its mounts, when the last of them and the launcher are.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { JobUser } from '../job-directory.ts';
import { findSystemProgram, systemPath, systemShell } from './programs.ts';
import { reachOf } from './reach.ts';

/**
 * Arguments in threes: `file`, `directory` or `closed`, source, place. A directory that root alone may enter is laid
 * under an empty one that everybody may: of an overlay, the uppermost layer's mode counts. The mounts go when the
 * shell has ended and nobody else is in the namespace, so it waits until the launcher holds that open.
 */
const script = `
while [ "$#" -ge 3 ]; do
  case $1 in
    closed)
      mount --rbind "$2" "$3.closed" &&
        mount -t overlay tsmpi -o "ro,lowerdir=$3.open:$3.closed" "$3" || exit 1 ;;
    *) mount --rbind "$2" "$3" || exit 1 ;;
  esac
  shift 3
done
echo ready
read -r line
`;

/** A namespace to enter, and where in it the sources are. */
export interface Staging {
  /** For `nsenter --mount=`; a path that only this process and root can open. */
  readonly namespace: string;
  /** Where `source` is to be found in the namespace. */
  placeOf(source: string): string;
  close(): void;
}

interface Staged {
  readonly source: string;
  readonly kind: 'file' | 'directory' | 'closed';
  readonly realPath: string;
  readonly place: string;
}

async function plan(sources: readonly string[], user: JobUser, directory: string): Promise<Staged[]> {
  const staged: Staged[] = [];
  for (const [index, source] of sources.entries()) {
    const { realPath, reach, directory: isDirectory } = await reachOf(source, user);
    if (reach === 'open') continue;
    if (reach === 'closed' && !isDirectory) {
      throw new TsmpiError(
        'ERR_LAUNCH',
        `${source} can be read by its owner only, and sandboxes run as user ${String(user.uid)}`,
        {
          where: 'sandbox',
          remedy: `chmod a+r ${source}`,
        },
      );
    }
    const kind = reach === 'closed' ? 'closed' : isDirectory ? 'directory' : 'file';
    staged.push({ source, kind, realPath, place: join(directory, String(index)) });
  }
  return staged;
}

/** Modes by chmod where the process's umask must not close what has to be open. */
async function makePlaces(staged: readonly Staged[], directory: string): Promise<void> {
  await mkdir(directory);
  await chmod(directory, 0o711);
  for (const { kind, place } of staged) {
    if (kind === 'file') await writeFile(place, '', { mode: 0o400 });
    else await mkdir(place, { mode: 0o700 });
    if (kind !== 'closed') continue;
    await mkdir(`${place}.closed`, { mode: 0o700 });
    await mkdir(`${place}.open`);
    await chmod(`${place}.open`, 0o755);
  }
}

/**
 * Stages what of `sources` the user cannot reach, in places below `directory` (which must not exist yet). Null when
 * everything is in reach. Rejects with ERR_LAUNCH when this process may not mount.
 */
export async function stage(sources: readonly string[], user: JobUser, directory: string): Promise<Staging | null> {
  const staged = await plan([...new Set(sources)], user, directory);
  const [first] = staged;
  if (first === undefined) return null;
  const unshare = findSystemProgram('unshare');
  if (unshare === null) throw unstaged(first.source, 'unshare (util-linux) is not in PATH');
  await makePlaces(staged, directory);
  const steps = staged.flatMap(({ kind, realPath, place }) => [kind, realPath, place]);
  const keeper = spawn(
    unshare,
    ['--mount', '--propagation', 'private', '--', systemShell, '-c', script, 'tsmpi-stage', ...steps],
    {
      cwd: '/',
      env: { PATH: systemPath() },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const exit = once(keeper, 'exit');
  let complaint = '';
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  keeper.stdin.on('error', () => undefined);
  const ready = await Promise.race([once(keeper.stdout, 'data').then(() => true), exit.then(() => false)]);
  if (!ready) throw unstaged(first.source, complaint.trim().split('\n')[0] ?? 'mount failed');
  const namespace = openSync(`/proc/${String(keeper.pid)}/ns/mnt`, 'r');
  keeper.stdin.end();
  await exit;
  const places = new Map(staged.map(({ source, place }) => [source, place]));
  return {
    namespace: `/proc/${String(process.pid)}/fd/${String(namespace)}`,
    placeOf: (source) => places.get(source) ?? source,
    close: () => closeSync(namespace),
  };
}

function unstaged(source: string, why: string): TsmpiError {
  return new TsmpiError(
    'ERR_LAUNCH',
    `${source} lies where only root can go, and it cannot be mounted elsewhere (${why})`,
    {
      where: 'sandbox',
      remedy: 'run as a plain user, or move it out of the closed directory',
    },
  );
}
