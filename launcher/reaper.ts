/**
 * The reaper: a small shell outside the sandboxes that holds a pipe from the launcher. When the pipe breaks, however
 * the launcher died, it kills what the job claimed, removes its cgroups and its directory. Disposing of a job in good
 * order, and sweeping up after a launcher whose reaper died too, run the same script: there is one way to clean up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { systemPath, systemShell } from './backends/programs.ts';

/**
 * $1 is the job directory; its file `claims` has one claim per line: `process PID STARTTIME` or `cgroup PATH`.
 * Kills and waits in up to 100 rounds of 50 ms, then removes the directory. A process is only killed while its start
 * time is the one claimed; its process group also when it is gone, for what bubblewrap has just started outlives it
 * until that has bound its life to it, and nobody has been told its number yet. `rm` stays on one file system: nothing
 * is ever mounted there, but if it were, it is not ours.
 */
const script = `
trap '' HUP INT TERM QUIT PIPE
job=$1
while read -r line; do :; done
[ -d "$job" ] || exit 0

strike() {
  pid=$1 started=$2 state=X
  if { read -r stat <"/proc/$pid/stat"; } 2>/dev/null; then
    set -- \${stat##*) }
    [ "\${20}" = "$started" ] || return 0
    state=$1
  fi
  kill -9 "-$pid" "$pid" 2>/dev/null
  [ "$state" = Z ] || [ "$state" = X ]
}

empty() {
  for procs in "$1"/*/cgroup.procs "$1/cgroup.procs"; do
    group=\${procs%/cgroup.procs}
    [ -d "$group" ] || continue
    { echo 1 >"$group/cgroup.kill"; } 2>/dev/null || while read -r pid; do kill -9 "$pid"; done <"$procs"
    rmdir "$group"
  done 2>/dev/null
  [ ! -d "$1" ]
}

rounds=100
while [ "$rounds" -gt 0 ]; do
  rounds=$((rounds - 1))
  left=0
  while read -r kind what started; do
    case $kind in
      process) strike "$what" "$started" || left=1 ;;
      cgroup) [ -d "$what" ] && { empty "$what" || left=1; } ;;
    esac
  done <"$job/claims"
  [ "$left" = 0 ] && break
  sleep 0.05
done
rm -rf --one-file-system -- "$job" 2>/dev/null || rm -rf -- "$job"
[ ! -d "$job" ]
`;

/** A reaper standing by. */
export interface Reaper {
  /** Breaks the pipe and waits until everything is gone; false when the reaper died or could not remove it all. */
  finish(): Promise<boolean>;
}

function start(jobDirectory: string, stdin: 'pipe' | 'ignore'): ChildProcess {
  // A session of its own: neither Ctrl-C nor a kill of the launcher's process group may reach it.
  return spawn(systemShell, ['-c', script, 'tsmpi-reaper', jobDirectory], {
    cwd: '/',
    env: { PATH: systemPath() },
    stdio: [stdin, 'ignore', 'ignore'],
    detached: true,
  });
}

async function succeeded(child: ChildProcess): Promise<boolean> {
  if (child.exitCode === null && child.signalCode === null) {
    try {
      await once(child, 'exit');
    } catch {
      return false; // It could not be started.
    }
  }
  return child.exitCode === 0;
}

/** Starts a reaper for `jobDirectory`. Neither it nor its pipe keeps this process alive. */
export function startReaper(jobDirectory: string): Reaper {
  const child = start(jobDirectory, 'pipe');
  const over = succeeded(child);
  const pipe = child.stdin as Socket | null;
  pipe?.on('error', () => undefined); // It died first: finish() says so.
  pipe?.unref();
  child.unref();
  return {
    finish: async () => {
      child.ref();
      pipe?.destroy();
      return over;
    },
  };
}

/** Cleans up after a job whose launcher and reaper are both dead; false when something is left. */
export function reap(jobDirectory: string): Promise<boolean> {
  return succeeded(start(jobDirectory, 'ignore'));
}
