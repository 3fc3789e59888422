/** What a command and its descendants are doing: for the report of one that did not end. */
import { readdirSync, readFileSync } from 'node:fs';

interface Entry {
  readonly pid: string;
  readonly parent: string;
  readonly command: string;
  readonly threads: readonly string[];
}

/** Of one thread: name, state, what it waits for in the kernel, clock ticks it has computed. */
function threadLine(directory: string): string {
  const stat = readFileSync(`${directory}/stat`, 'latin1');
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(') '));
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  let waitsFor = '';
  try {
    waitsFor = readFileSync(`${directory}/wchan`, 'latin1');
  } catch {
    // Not ours to know.
  }
  return `${name} ${fields[0] ?? '?'} ${waitsFor} ticks ${fields[11] ?? '?'}+${fields[12] ?? '?'}`;
}

function entryOf(pid: string): Entry[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    const tasks = readdirSync(`/proc/${pid}/task`);
    const parent = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[1] ?? '';
    return [{ pid, parent, command, threads: tasks.map((task) => threadLine(`/proc/${pid}/task/${task}`)) }];
  } catch {
    return []; // It went while we looked.
  }
}

const commandCharsMax = 160;

/** Lines about `root` and everything below it; empty where there is no /proc. */
export function processTree(root: number): string {
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return '';
  }
  const all = pids.flatMap(entryOf);
  const lines: string[] = [];
  const visit = (entry: Entry, depth: number): void => {
    const indent = '  '.repeat(depth);
    lines.push(`${indent}${entry.pid} ${entry.command.slice(0, commandCharsMax)}`);
    lines.push(...entry.threads.map((thread) => `${indent}  - ${thread}`));
    for (const child of all) if (child.parent === entry.pid) visit(child, depth + 1);
  };
  for (const entry of all) if (entry.pid === String(root)) visit(entry, 0);
  return lines.join('\n');
}
