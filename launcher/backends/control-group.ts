/**
 * Limits of sandboxes by control groups: one group per job and tree, one below it per sandbox.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SandboxLimits } from './backend.ts';
import { type Controller, type ControlGroupTree, controlGroupTrees } from './control-group-mounts.ts';

/**
 * Threads and processes of a sandbox that asks for nothing else: 64 ranks with their agent and V8's helpers need about
 * 100, a fork bomb stops long before it hurts the machine.
 */
const processesDefault = 512;
const cpuPeriodUs = 100_000;
const bytesPerMiB = 1024 * 1024;
const removeAttempts = 400;
const removePauseMs = 5;

/** The groups of one sandbox. */
export interface SandboxGroup {
  /** Files that the sandbox's first process writes `0` to, before it starts anything. */
  readonly enter: readonly string[];
  readonly limits: ReadonlySet<Controller>;
  /** How many processes the kernel killed in it because its memory limit was reached. */
  outOfMemoryKills(): number;
  /** Kills what is left in it and removes it; false when that did not work out within two seconds. */
  remove(): Promise<boolean>;
}

/** A job's group in one tree. */
interface JobGroup {
  readonly version: 1 | 2;
  readonly path: string;
  readonly controllers: ReadonlySet<Controller>;
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function words(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Hands to the groups below `directory` what it has of the three controllers; says which they got. */
function delegate(directory: string, wanted: readonly Controller[]): Set<Controller> {
  const control = join(directory, 'cgroup.subtree_control');
  for (const name of wanted) attempt(() => writeFileSync(control, `+${name}`));
  const given = words(control);
  return new Set(wanted.filter((name) => given.includes(name)));
}

function makeJobGroup(tree: ControlGroupTree, name: string, claim: (path: string) => void): JobGroup | null {
  for (const parent of tree.parents) {
    const path = join(parent, name);
    // An ordinary directory would take a subdirectory too, but nothing would be limited in it.
    if (!existsSync(join(parent, 'cgroup.procs'))) continue;
    if (!attempt(() => mkdirSync(path))) continue;
    claim(path);
    if (tree.version === 1) return { version: 1, path, controllers: new Set(tree.controllers) };
    let usable = new Set<Controller>();
    attempt(() => {
      delegate(parent, tree.controllers);
      usable = delegate(path, tree.controllers);
    });
    if (usable.size > 0) return { version: 2, path, controllers: usable };
    attempt(() => rmdirSync(path));
  }
  return null;
}

/** The settings, file by file, that put `limits` on a group with `available` controllers; `?` marks optional files. */
function settings(version: 1 | 2, available: ReadonlySet<Controller>, limits: SandboxLimits): [string, string][] {
  const files: [string, string][] = [];
  const memory = limits.memoryMiB === undefined ? undefined : String(Math.floor(limits.memoryMiB * bytesPerMiB));
  const quota = limits.cpus === undefined ? undefined : String(Math.max(1000, Math.round(limits.cpus * cpuPeriodUs)));
  if (available.has('memory') && memory !== undefined) {
    if (version === 1) files.push(['memory.limit_in_bytes', memory], ['?memory.memsw.limit_in_bytes', memory]);
    else files.push(['memory.max', memory], ['?memory.swap.max', '0'], ['?memory.oom.group', '1']);
  }
  if (available.has('cpu') && quota !== undefined) {
    if (version === 1) files.push(['cpu.cfs_period_us', String(cpuPeriodUs)], ['cpu.cfs_quota_us', quota]);
    else files.push(['cpu.max', `${quota} ${String(cpuPeriodUs)}`]);
  }
  if (available.has('pids')) files.push(['pids.max', String(limits.processes ?? processesDefault)]);
  return files;
}

/** Which controllers a sandbox needs. Moving into a group is what costs, so version 1 uses no tree in vain. */
function needed(limits: SandboxLimits): Set<Controller> {
  const wanted = new Set<Controller>(['pids']);
  if (limits.memoryMiB !== undefined) wanted.add('memory');
  if (limits.cpus !== undefined) wanted.add('cpu');
  return wanted;
}

function makeSandboxGroup(parent: JobGroup, name: string, limits: SandboxLimits): string | null {
  const path = join(parent.path, name);
  if (!attempt(() => mkdirSync(path))) return null;
  for (const [file, value] of settings(parent.version, parent.controllers, limits)) {
    const optional = file.startsWith('?');
    const written = attempt(() => writeFileSync(join(path, optional ? file.slice(1) : file), value));
    if (written || optional) continue;
    attempt(() => rmdirSync(path));
    return null;
  }
  return path;
}

function killAll(path: string): void {
  if (attempt(() => writeFileSync(join(path, 'cgroup.kill'), '1', { flag: 'r+' }))) return;
  attempt(() => {
    for (const pid of words(join(path, 'cgroup.procs'))) attempt(() => process.kill(Number(pid), 'SIGKILL'));
  });
}

async function removeGroup(path: string): Promise<boolean> {
  for (let turn = 0; turn < removeAttempts; turn += 1) {
    killAll(path);
    if (attempt(() => rmdirSync(path)) || !attempt(() => readdirSync(path))) return true;
    await delay(removePauseMs);
  }
  return false;
}

function countKills(path: string): number {
  // memory.events of version 2, memory.oom_control of version 1: a line `oom_kill N` in both.
  for (const file of ['memory.events', 'memory.oom_control']) {
    let text = '';
    if (!attempt(() => (text = readFileSync(join(path, file), 'utf8')))) continue;
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }
  return 0;
}

/** The control groups of one job. */
export class JobControlGroups {
  readonly #groups: readonly JobGroup[];

  private constructor(groups: readonly JobGroup[]) {
    this.#groups = groups;
  }

  /**
   * Makes the job's groups in the trees that can be written; `claim` hears of each at once. Version 2 is preferred
   * where
   * a controller is in both. `null` when there is no tree to write to.
   */
  static open(jobId: string, claim: (path: string) => void, trees = treesOfThisMachine()): JobControlGroups | null {
    const groups: JobGroup[] = [];
    const taken = new Set<Controller>();
    for (const tree of [...trees].sort((left, right) => right.version - left.version)) {
      const missing = tree.controllers.filter((name) => !taken.has(name));
      if (missing.length === 0) continue;
      const group = makeJobGroup({ ...tree, controllers: missing }, `tsmpi-${jobId}`, claim);
      if (group === null) continue;
      groups.push(group);
      for (const name of group.controllers) taken.add(name);
    }
    return groups.length === 0 ? null : new JobControlGroups(groups);
  }

  /** True when sandboxes can be limited in it. */
  has(controller: Controller): boolean {
    return this.#groups.some((group) => group.controllers.has(controller));
  }

  /** A group per tree that `limits` need, for one sandbox; what could not be made is missing from its `limits`. */
  make(name: string, limits: SandboxLimits): SandboxGroup {
    const wanted = needed(limits);
    const made: { path: string; controllers: ReadonlySet<Controller> }[] = [];
    for (const group of this.#groups) {
      if (![...group.controllers].some((controller) => wanted.has(controller))) continue;
      const path = makeSandboxGroup(group, name, limits);
      if (path !== null) made.push({ path, controllers: group.controllers });
    }
    return {
      enter: made.map(({ path }) => join(path, 'cgroup.procs')),
      limits: new Set(made.flatMap((group) => [...group.controllers])),
      outOfMemoryKills: () => made.reduce((sum, { path }) => sum + countKills(path), 0),
      remove: async () => (await Promise.all(made.map(({ path }) => removeGroup(path)))).every(Boolean),
    };
  }

  /** Removes the job's groups once its sandboxes' are gone; what is left then is the reaper's. */
  close(): void {
    for (const { path } of this.#groups) attempt(() => rmdirSync(path));
  }
}

function treesOfThisMachine(): ControlGroupTree[] {
  try {
    return controlGroupTrees(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return []; // Not Linux, or no /proc.
  }
}
