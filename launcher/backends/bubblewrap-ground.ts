/**
 * What all bubblewrap sandboxes of a job have in common, found out and written down once.
 */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JobDirectory } from '../job-directory.ts';
import type { Mount } from './backend.ts';
import { type BubblewrapFeatures, featuresOf } from './bubblewrap-arguments.ts';
import { JobControlGroups } from './control-group.ts';
import { writeEtc } from './inside-etc.ts';
import { librariesOf } from './libraries.ts';
import { findInstalledProgram, findSystemProgram } from './programs.ts';
import { notInstalled, type Refusal } from './refusal.ts';
import { seccompArchitecture, seccompFilter } from './seccomp.ts';

const helpTimeoutMs = 10_000;
/** Debian's own Node loads some of its built-in modules from here. */
const distributionModules = '/usr/share/nodejs';

export interface Ground {
  readonly bubblewrap: string;
  readonly env: string;
  /**
   * timeout of coreutils, which gives what it starts a process group of its own and leaves it in the session: so Ctrl-C
   * in the terminal does not reach it. Null: sandboxes get sessions, and ranks that share cores wait longer.
   */
  readonly grouper: string | null;
  readonly features: BubblewrapFeatures;
  readonly node: string;
  /** Node, its libraries, /etc. */
  readonly mounts: readonly Mount[];
  readonly filter: string;
  readonly groups: JobControlGroups | null;
}

/** Looks for all of it; a refusal says what is missing. Called once per job. */
export async function prepareGround(directory: JobDirectory): Promise<Ground | Refusal> {
  if (process.platform !== 'linux') return { reason: 'bubblewrap needs Linux', remedy: 'use --backend process' };
  const architecture = seccompArchitecture(process.arch);
  if (architecture === null) {
    return { reason: `there is no system call filter for ${process.arch} yet`, remedy: 'use --backend process' };
  }
  const bubblewrap = findInstalledProgram('bwrap');
  if (bubblewrap === null) return notInstalled();
  const env = findSystemProgram('env');
  if (env === null) return { reason: 'env (coreutils) is not in PATH', remedy: 'install the package coreutils' };
  const [{ stdout: help }, libraries, node] = await Promise.all([
    promisify(execFile)(bubblewrap, ['--help'], { env: {}, timeout: helpTimeoutMs }),
    librariesOf(process.execPath),
    realpath(process.execPath),
  ]);
  const filter = join(directory.path, 'seccomp.bpf');
  const etc = join(directory.path, 'etc');
  await writeFile(filter, seccompFilter(architecture), { mode: 0o600 });
  await writeEtc(etc, libraries.needCache);
  const readOnly = (source: string, target = source): Mount => ({ source, target, writable: false });
  const groups = JobControlGroups.open(directory.id, (path) => directory.claim({ kind: 'cgroup', path }));
  return {
    bubblewrap,
    env,
    grouper: findTimeout(),
    features: featuresOf(help),
    node: process.execPath,
    mounts: [
      readOnly(node, process.execPath),
      ...libraries.files.map((file) => readOnly(file)),
      ...[distributionModules]
        .filter((path) => node.startsWith('/usr/') && existsSync(path))
        .map((path) => readOnly(path)),
      readOnly(etc, '/etc'),
    ],
    filter,
    groups,
  };
}

/** That of busybox takes no 0 for no limit. */
function findTimeout(): string | null {
  const path = findSystemProgram('timeout');
  return path === null || realpathSync(path).endsWith('busybox') ? null : path;
}
