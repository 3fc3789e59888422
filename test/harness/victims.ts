/** The processes of a job that a test kills, found from outside, as its user could. Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * `bwrap` is the process that the launcher started, `init` its child inside, `agent` the sandbox's own main process.
 */
export type Victim = 'launcher' | 'bwrap' | 'init' | 'agent' | 'reaper';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

const pollMs = 3;

async function livingProcesses(): Promise<Map<number, Process>> {
  const found = new Map<number, Process>();
  for (const pid of (await readdir('/proc')).map(Number).filter((each) => each > 0)) {
    try {
      const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
      // The name in parentheses may contain blanks; fields are counted from the last parenthesis.
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      if (!'ZX'.includes(state)) found.set(pid, { pid, parent: Number(parent), command });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function isBelow(table: ReadonlyMap<number, Process>, process: Process, root: number): boolean {
  for (let at: Process | undefined = process; at !== undefined; at = table.get(at.parent)) {
    if (at.parent === root) return true;
  }
  return false;
}

const isBubblewrap = (process: Process | undefined): boolean => /^\S*bwrap /.test(process?.command ?? '');

function kindOf(table: ReadonlyMap<number, Process>, process: Process): Victim | null {
  if (process.command.includes('tsmpi-reaper')) return 'reaper';
  // The launcher also tries out a sandbox, in which no agent runs.
  if (!process.command.includes('runtime/sandbox/agent')) return null;
  if (isBubblewrap(process)) return isBubblewrap(table.get(process.parent)) ? 'init' : 'bwrap';
  return /^\S*node /.test(process.command) ? 'agent' : null;
}

/** Every living process of the job, by what it is. */
export async function victimsOf(launcher: number): Promise<readonly { kind: Victim; pid: number }[]> {
  const table = await livingProcesses();
  const below = [...table.values()].filter((process) => isBelow(table, process, launcher));
  return below.flatMap((process) => {
    const kind = kindOf(table, process);
    return kind === null ? [] : [{ kind, pid: process.pid }];
  });
}

/** Kills the first `kind` of the job that shows itself; false when the launcher ended before. */
export async function killFirst(launcher: number, kind: Victim): Promise<boolean> {
  for (;;) {
    const pid =
      kind === 'launcher' ? launcher : (await victimsOf(launcher)).find((victim) => victim.kind === kind)?.pid;
    if (pid !== undefined) return strike(pid);
    if (!(await livingProcesses()).has(launcher)) return false;
    await pause(pollMs);
  }
}

function strike(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false; // It ended between the look and the blow.
  }
}
