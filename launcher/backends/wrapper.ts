/**
 * What has to happen between fork and exec of a sandbox's first process: enter its control groups, put limits on
 * itself, empty the environment. A few lines of sh, because Node cannot run anything there.
 */
import { systemShell } from './programs.ts';

/** Open files of a sandbox: its mesh links and then some; more would only help to exhaust the machine. */
const openFilesMax = 4096;
const bytesPerKiB = 1024;
/** The unit of `ulimit -f` in POSIX sh. */
const fileBlockBytes = 512;

export interface Wrapping {
  /** `cgroup.procs` files to enter. */
  readonly enter: readonly string[];
  /** Bound on each process's data, where no control group bounds its memory. */
  readonly dataBytes?: number;
  /** Bound on the size of one file, where the sandbox could otherwise fill a file system of the host. */
  readonly fileBytes?: number;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The command line that starts `command` so wrapped. `command[0]` is an absolute path. Its standard output joins its
 * standard error: an agent has nothing to say on one that the other would not do for.
 */
export function wrapped(command: readonly string[], env: string, { enter, dataBytes, fileBytes }: Wrapping): string[] {
  const lines = [
    ...enter.map((file) => `echo 0 >${quoted(file)} || exit 126`),
    // Until the command has a process group of its own: Ctrl-C in the terminal is for the launcher.
    "trap '' INT QUIT HUP",
    'ulimit -c 0',
    // The hard limit of the machine may be lower, which is as good.
    `ulimit -n ${String(openFilesMax)} 2>/dev/null`,
    ...(fileBytes === undefined ? [] : [`ulimit -f ${String(Math.floor(fileBytes / fileBlockBytes))}`]),
    ...(dataBytes === undefined ? [] : [`ulimit -d ${String(Math.floor(dataBytes / bytesPerKiB))}`]),
    // A shell puts PWD (bash also _) into the environment; /proc/1/environ of the sandbox would show it.
    `exec ${quoted(env)} -i "$@" >&2`,
  ];
  return [systemShell, '-c', lines.join('\n'), 'tsmpi-sandbox', ...command];
}
