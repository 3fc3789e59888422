/**
 * bubblewrap's command line. bubblewrap is a tool box and its arguments are the policy: this file is what a sandbox
 * can and cannot do, together with the filter in seccomp.ts.
 */
import { dirname } from 'node:path';
import type { Mount } from './backend.ts';
import { copyEnvironment } from './system-copies.ts';

/** Inside, everybody is this user and group; nothing of the host is. */
export const insideId = 1000;
const sharedMemoryBytes = 16 * 1024 * 1024;
const temporaryBytes = 64 * 1024 * 1024;
const statusDescriptor = 6;
const seccompDescriptor = 4;
/** Where bubblewrap reads these arguments, so that no process list shows them. */
const argumentsDescriptor = 5;

export interface SandboxView {
  readonly hostname: string;
  /** Node, its libraries, /etc and whatever was asked for; sources as bubblewrap finds them. Outer before inner. */
  readonly mounts: readonly Mount[];
  readonly cwd: string;
  /** See `ProcessPlan.sharesSession`. */
  readonly sharesSession: boolean;
  readonly env: Readonly<Record<string, string>>;
}

/** Options that bubblewrap has grown over time (0.8 has all); a sandbox without them is weaker but stands. */
export type BubblewrapFeatures = ReadonlySet<string>;
export const optionalFeatures = ['--disable-userns', '--clearenv', '--size'] as const;

/** Which of the optional options the bubblewrap with this `--help` text knows. */
export function featuresOf(help: string): BubblewrapFeatures {
  return new Set(optionalFeatures.filter((option) => help.includes(option)));
}

/** The arguments that go through the descriptor; the command follows on the command line itself. */
export function bubblewrapArguments(view: SandboxView, features: BubblewrapFeatures): string[] {
  const optional = (option: string, ...rest: string[]): string[] => (features.has(option) ? [option, ...rest] : []);
  const bind = ({ source, target, writable }: Mount): string[] => [writable ? '--bind' : '--ro-bind', source, target];
  const system = view.mounts.filter(({ target }) => !isBelow(target, '/dev') && !isBelow(target, '/tmp'));
  const below = view.mounts.filter(({ target }) => isBelow(target, '/dev') || isBelow(target, '/tmp'));
  return [
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup', '--unshare-net'],
    ...optional('--disable-userns'),
    ...['--uid', String(insideId), '--gid', String(insideId), '--hostname', view.hostname],
    ...['--die-with-parent', '--cap-drop', 'ALL'],
    ...(view.sharesSession ? [] : ['--new-session']),
    ...optional('--clearenv'),
    ...system.flatMap(bind),
    ...['--proc', '/proc', '--dev', '/dev'],
    // In the user's session, the user's terminal would open under this name.
    ...(view.sharesSession ? ['--ro-bind', '/dev/null', '/dev/tty'] : []),
    ...optional('--size', String(sharedMemoryBytes)),
    ...['--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
    ...optional('--size', String(temporaryBytes)),
    ...['--tmpfs', '/tmp'],
    ...below.flatMap(bind),
    ...Object.entries(view.env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', view.cwd, '--remount-ro', '/'],
    ...['--seccomp', String(seccompDescriptor), '--json-status-fd', String(statusDescriptor)],
  ];
}

/** True when `path` is `directory` or lies below it. */
export function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** Mounts in an order in which none hides one before it, without those that another already shows. */
export function orderedMounts(mounts: readonly Mount[]): Mount[] {
  const byTarget = new Map<string, Mount>();
  for (const mount of mounts) {
    const before = byTarget.get(mount.target);
    // Asked for twice: the wider right wins, as with two mounts on top of each other it would for the later one.
    byTarget.set(mount.target, before?.source === mount.source && before.writable ? before : mount);
  }
  const ordered = [...byTarget.values()].sort((left, right) => depthOf(left.target) - depthOf(right.target));
  return ordered.filter((mount, index) => !isShown(mount, ordered.slice(0, index)));
}

function depthOf(path: string): number {
  return path === '/' ? 0 : path.split('/').length;
}

/** True when the innermost mount around this one already shows the same files with the same right. */
function isShown(mount: Mount, outer: readonly Mount[]): boolean {
  const around = outer.filter(({ target }) => target !== mount.target && isBelow(mount.target, target)).at(-1);
  if (around === undefined || around.writable !== mount.writable) return false;
  return around.source === around.target && mount.source === mount.target;
}

/** The command line before wrapping: bubblewrap, then what runs inside. */
export function bubblewrapCommand(bubblewrap: string, command: readonly string[]): string[] {
  return [bubblewrap, '--args', String(argumentsDescriptor), '--', ...command];
}

/** Environment that every sandbox has unless the request says otherwise. */
export function insideEnvironment(node: string): Record<string, string> {
  return { PATH: dirname(node), HOME: '/tmp', TMPDIR: '/tmp', ...copyEnvironment() };
}
