/**
 * What this machine has and lacks, one check per function. A check never throws: what it cannot find out, it says.
 */
import { execFile } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { BubblewrapBackend } from '../backends/bubblewrap.ts';
import { optionalFeatures, featuresOf } from '../backends/bubblewrap-arguments.ts';
import { controllers } from '../backends/control-group-mounts.ts';
import { JobControlGroups } from '../backends/control-group.ts';
import { findInstalledProgram } from '../backends/programs.ts';
import { type Refusal, appArmorCommand, installCommand, notInstalled } from '../backends/refusal.ts';
import { createJobDirectory, type JobDirectory } from '../job-directory.ts';
import { findKoffi } from '../supervise/koffi.ts';
import { jobDirectoryParents } from '../sweep.ts';

/** `lacks`: jobs run without a sandbox or not at all. `weak`: they run, with less speed or fewer limits. */
export type Verdict = 'ok' | 'weak' | 'lacks';

export interface Finding {
  readonly verdict: Verdict;
  readonly what: string;
  /** The command, or the step, that mends it. */
  readonly remedy?: string;
}

const nodeMajorMin = 20;
const openFilesMin = 4096;
const processesMin = 4096;
const bytesPerMiB = 1024 * 1024;
const jobBytesMin = 256 * bytesPerMiB;
const commandTimeoutMs = 10_000;

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}

export function checkNode(): Finding {
  const what = `node ${process.version} on ${process.platform} ${process.arch}`;
  const major = Number(process.versions.node.split('.')[0]);
  if (major < nodeMajorMin) return { verdict: 'lacks', what, remedy: `install Node ${String(nodeMajorMin)} or later` };
  if (process.platform !== 'linux')
    return { verdict: 'weak', what: `${what}: sandboxes need Linux`, remedy: 'use a Linux machine or container' };
  return { verdict: 'ok', what };
}

export async function checkBubblewrap(): Promise<Finding> {
  const path = findInstalledProgram('bwrap');
  if (path === null) {
    const { reason, remedy } = notInstalled();
    return { verdict: 'lacks', what: reason, remedy };
  }
  try {
    const run = promisify(execFile);
    const [{ stdout: version }, { stdout: help }] = await Promise.all(
      ['--version', '--help'].map((option) => run(path, [option], { env: {}, timeout: commandTimeoutMs })) as [
        ReturnType<typeof run>,
        ReturnType<typeof run>,
      ],
    );
    const features = featuresOf(String(help));
    const missing = optionalFeatures.filter((option) => !features.has(option));
    const what = `${String(version).trim()} at ${path}`;
    if (missing.length === 0) return { verdict: 'ok', what };
    return {
      verdict: 'weak',
      what: `${what} does not know ${missing.join(', ')}`,
      remedy: `${installCommand()} (0.8 or later)`,
    };
  } catch (error) {
    return { verdict: 'lacks', what: `${path} cannot be run (${reasonOf(error)})`, remedy: installCommand() };
  }
}

export function checkUserNamespaces(): Finding {
  const most = textOf('/proc/sys/user/max_user_namespaces');
  if (most === null)
    return { verdict: 'lacks', what: 'this kernel has no user namespaces', remedy: 'use a kernel with CONFIG_USER_NS' };
  if (most === '0') {
    return {
      verdict: 'lacks',
      what: 'user namespaces are switched off (user.max_user_namespaces is 0)',
      remedy: 'sudo sysctl user.max_user_namespaces=15000',
    };
  }
  if (textOf('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return {
      verdict: 'lacks',
      what: 'user namespaces are for root only (kernel.unprivileged_userns_clone is 0)',
      remedy: 'sudo sysctl kernel.unprivileged_userns_clone=1',
    };
  }
  if (textOf('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return {
      verdict: 'weak',
      what: 'AppArmor restricts user namespaces to programs with a profile (Ubuntu 24.04 and later); bubblewrap needs one',
      remedy: appArmorCommand(findInstalledProgram('bwrap') ?? '/usr/bin/bwrap'),
    };
  }
  return { verdict: 'ok', what: `user namespaces are allowed (${most})` };
}

/** Starts a sandbox for a moment, exactly as a job would. */
export async function checkSandbox(jobDirectory: JobDirectory): Promise<Finding> {
  const backend = new BubblewrapBackend({ jobDirectory, log: () => undefined });
  try {
    const refusal: Refusal | null = await backend.refusal();
    if (refusal === null) return { verdict: 'ok', what: 'a sandbox starts (backend local)' };
    return {
      verdict: 'lacks',
      what: `no sandbox starts: ${refusal.reason}; jobs use the backend process`,
      remedy: refusal.remedy,
    };
  } finally {
    await backend[Symbol.asyncDispose]();
  }
}

export function checkLimits(jobDirectory: JobDirectory): Finding {
  const groups = JobControlGroups.open(`${jobDirectory.id}-doctor`, (path) =>
    jobDirectory.claim({ kind: 'cgroup', path }),
  );
  const held = controllers.filter((controller) => groups?.has(controller) === true);
  groups?.close();
  if (held.length === controllers.length)
    return { verdict: 'ok', what: `control groups limit ${held.join(', ')} of a sandbox` };
  const missing = controllers.filter((controller) => !held.includes(controller)).join(', ');
  return {
    verdict: 'weak',
    what: `control groups for ${missing} cannot be written: --memory falls back to prlimit, --cpus has no effect`,
    remedy: 'systemd-run --user --scope -p Delegate=yes tsmpirun …, or start as root',
  };
}

function loads(name: string): unknown {
  try {
    createRequire(import.meta.url)(name);
    return null;
  } catch (error) {
    return error;
  }
}

export function checkWebSockets(): Finding {
  const error = loads('uWebSockets.js');
  if (error === null) return { verdict: 'ok', what: "uWebSockets.js's native build loads" };
  return {
    verdict: 'weak',
    what: `uWebSockets.js does not load (${reasonOf(error)}); the mesh listens with ws, which is slower`,
    remedy:
      'use a Node release that it has a build for (glibc), then: npm install uWebSockets.js@npm:uwebsockets@3.0.6',
  };
}

export function checkKoffi(): Finding {
  const lost = 'sandboxes on one machine share no memory and talk over sockets, which is slower';
  const found = findKoffi();
  if ('why' in found) return { verdict: 'weak', what: `${found.why}: ${lost}`, remedy: 'npm install koffi' };
  const error = loads('koffi');
  if (error === null) return { verdict: 'ok', what: 'koffi loads: sandboxes on one machine share memory' };
  return {
    verdict: 'weak',
    what: `koffi does not load (${reasonOf(error)}): ${lost}`,
    remedy: 'npm install koffi',
  };
}

export function checkJobSpace(): Finding {
  for (const parent of jobDirectoryParents()) {
    try {
      const { bsize, blocks, bavail } = statfsSync(parent);
      const size = `${parent}: ${String(Math.round((bavail * bsize) / bytesPerMiB))} of ${String(Math.round((blocks * bsize) / bytesPerMiB))} MiB free`;
      if (bavail * bsize >= jobBytesMin) return { verdict: 'ok', what: `job directories go to ${size}` };
      return {
        verdict: 'weak',
        what: `little room for job directories in ${size}`,
        remedy: `sudo mount -o remount,size=1G ${parent} (in a container: --shm-size=1g)`,
      };
    } catch {
      // Not there: the next place.
    }
  }
  return {
    verdict: 'lacks',
    what: `there is none of ${jobDirectoryParents().join(', ')}`,
    remedy: 'sudo mount -t tmpfs -o size=1G tmpfs /dev/shm',
  };
}

function limitOf(limits: string, name: string): number {
  const soft = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(limits)?.[1];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

export function checkProcessLimits(): Finding[] {
  const limits = textOf('/proc/self/limits') ?? '';
  const openFiles = limitOf(limits, 'Max open files');
  const processes = limitOf(limits, 'Max processes');
  return [
    openFiles >= openFilesMin
      ? { verdict: 'ok', what: `open files: ${String(openFiles)}` }
      : {
          verdict: 'weak',
          what: `open files are limited to ${String(openFiles)}: enough for about ${String(Math.floor(openFiles / 16))} sandboxes`,
          remedy: 'ulimit -n 65536',
        },
    processes >= processesMin
      ? { verdict: 'ok', what: `processes and threads: ${String(processes)}` }
      : {
          verdict: 'weak',
          what: `processes and threads are limited to ${String(processes)}: a rank takes about 16`,
          remedy: 'ulimit -u 65536',
        },
  ];
}

/** The directory that the trial checks need; with it, leftovers of dead launchers are swept. */
export async function withJobDirectory(checks: (directory: JobDirectory) => Promise<Finding[]>): Promise<Finding[]> {
  try {
    const directory = await createJobDirectory();
    try {
      return await checks(directory);
    } finally {
      await directory.dispose();
    }
  } catch (error) {
    return [{ verdict: 'lacks', what: reasonOf(error), remedy: 'make /dev/shm or TMPDIR writable' }];
  }
}
