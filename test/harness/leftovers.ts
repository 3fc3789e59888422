import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What jobs left on this machine, one line each. */
export interface Leftovers {
  readonly count: number;
  readonly items: readonly string[];
}

export interface LeftoverOptions {
  /** What was there before the test, and is not its business. */
  readonly since?: Leftovers;
  /** How long things may still take to go. Default 5000: the promise of the product. */
  readonly withinMs?: number;
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly started: string;
  readonly command: string;
}

/** What jobs call their directories and cgroups: 22 characters of base64url. Tests may use shorter names. */
const jobName = /\btsmpi-[\w-]{22}(?![\w-])/;
const agentOrReaper = /\/(runtime\/sandbox|launcher)\/[\w/-]+\.[jt]s\b/;
const launcherCommand = /\btsmpi(run)?\.[jt]s\b|\bstart-job\b|--test\b|\.test\.ts\b/;

async function entriesOf(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function readProcess(pid: number): Promise<ProcessEntry | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain blanks and parentheses; fields are counted from the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    const zombie = fields[0] === 'Z' || fields[0] === 'X';
    return zombie ? null : { pid, parent: Number(fields[1]), started: fields[19] ?? '', command };
  } catch {
    return null; // it ended while we looked
  }
}

async function processTable(): Promise<Map<number, ProcessEntry>> {
  const pids = (await entriesOf('/proc')).map(Number).filter((pid) => pid > 0);
  const entries = await Promise.all(pids.map(readProcess));
  return new Map(entries.filter((entry) => entry !== null).map((entry) => [entry.pid, entry]));
}

/** A process of a job whose launcher lives is at work, not left over: another test file runs beside this one. */
function hasLivingLauncher(entry: ProcessEntry, table: ReadonlyMap<number, ProcessEntry>): boolean {
  for (let at = table.get(entry.parent); at !== undefined && at.pid > 1; at = table.get(at.parent)) {
    if (launcherCommand.test(at.command)) return true;
  }
  return false;
}

function processItems(table: ReadonlyMap<number, ProcessEntry>): string[] {
  const ours = [...table.values()].filter(
    (entry) =>
      entry.pid !== process.pid &&
      (jobName.test(entry.command) || agentOrReaper.test(entry.command)) &&
      !launcherCommand.test(entry.command) &&
      !hasLivingLauncher(entry, table),
  );
  return ours.map((entry) => `process ${entry.pid} (started ${entry.started}): ${entry.command.slice(0, 160)}`);
}

/** The launcher's pid is in the job directory (`owner`), so that sweeps know the dead from the living. */
async function hasLivingOwner(directory: string, table: ReadonlyMap<number, ProcessEntry>): Promise<boolean> {
  const owner = await readFile(join(directory, 'owner'), 'utf8').catch(() => '');
  const pid = Number(/\d+/.exec(owner)?.[0] ?? Number.NaN);
  return table.has(pid);
}

async function directoryItems(table: ReadonlyMap<number, ProcessEntry>): Promise<string[]> {
  const parents = ['/dev/shm', '/tmp', process.env['XDG_RUNTIME_DIR']].filter((path) => path !== undefined);
  const found: string[] = [];
  for (const parent of parents) {
    for (const name of await entriesOf(parent)) {
      const path = join(parent, name);
      if (jobName.test(name) && !(await hasLivingOwner(path, table))) found.push(`directory ${path}`);
    }
  }
  return found;
}

async function cgroupItems(directory = '/sys/fs/cgroup', depth = 0): Promise<string[]> {
  if (depth > 4) return [];
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const path = join(directory, entry.name);
    if (!jobName.test(entry.name)) found.push(...(await cgroupItems(path, depth + 1)));
    else if (await isIdleCgroup(path)) found.push(`cgroup ${path}`);
  }
  return found;
}

/** A cgroup with processes in it is at work (or its processes are counted already). */
async function isIdleCgroup(path: string): Promise<boolean> {
  const members = await readFile(join(path, 'cgroup.procs'), 'utf8').catch(() => '');
  const children = (await readdir(path, { withFileTypes: true }).catch(() => [])).filter((each) => each.isDirectory());
  const busy = await Promise.all(children.map(async (child) => !(await isIdleCgroup(join(path, child.name)))));
  return members.trim() === '' && !busy.includes(true);
}

/** Mounts in our own namespace; those of a sandbox go with its last process. */
async function mountItems(): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).split('\n');
  return lines.filter((line) => jobName.test(line)).map((line) => `mount ${line.split(' ')[4] ?? line}`);
}

async function socketItems(table: ReadonlyMap<number, ProcessEntry>): Promise<string[]> {
  const lines = (await readFile('/proc/net/unix', 'utf8').catch(() => '')).split('\n');
  const paths = new Set(
    lines.map((line) => /(\/\S*\/tsmpi-[\w-]{22})\/\S*$/.exec(line)?.[1]).filter((path) => path !== undefined),
  );
  const found: string[] = [];
  for (const path of paths) if (!(await hasLivingOwner(path, table))) found.push(`listening socket under ${path}`);
  return found;
}

async function look(): Promise<string[]> {
  const table = await processTable();
  const kinds = await Promise.all([directoryItems(table), cgroupItems(), mountItems(), socketItems(table)]);
  return [...processItems(table), ...kinds.flat()];
}

/**
 * Counts processes, sockets, job directories, cgroups and mounts that belong to no living launcher. Looks again until
 * there are none or `withinMs` is over, because a job that was killed is allowed a moment. Linux only.
 */
export async function countLeftovers(options: LeftoverOptions = {}): Promise<Leftovers> {
  const { since, withinMs = 5_000 } = options;
  const before = new Set(since?.items);
  const deadline = Date.now() + withinMs;
  for (;;) {
    const items = (await look()).filter((item) => !before.has(item));
    if (items.length === 0 || Date.now() >= deadline) return { count: items.length, items };
    await pause(100);
  }
}
