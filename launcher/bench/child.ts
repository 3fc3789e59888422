/**
 * One process of a bench: a job of ours or a twin, from its command to its exit.
 */
import { spawn } from 'node:child_process';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to our own. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start to the exit. */
  readonly elapsedMs: number;
  readonly isLate: boolean;
}

/** After SIGINT, for a job to clear up. */
const graceMs = 5_000;

/**
 * Runs it in a process group of its own, so that Ctrl-C reaches it once, through `signal`. Rejects when it cannot be
 * started.
 */
export function runChild(command: Command, timeoutMs: number, signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const started = performance.now();
    let elapsedMs = 0;
    let isLate = false;
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    const child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let killing: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      // The one process only: it ends the rest of its job itself, and a second signal would mean haste.
      child.kill('SIGINT');
      killing = setTimeout(() => killGroup(child.pid), graceMs);
    };
    const timer = setTimeout(() => {
      isLate = true;
      stop();
    }, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    const over = (): void => {
      clearTimeout(timer);
      clearTimeout(killing);
      signal.removeEventListener('abort', stop);
    };
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    child.on('exit', () => {
      elapsedMs = performance.now() - started;
    });
    child.on('error', (error) => {
      over();
      reject(error);
    });
    child.on('close', (exitCode) => {
      over();
      const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()];
      resolve({ exitCode, stdout, stderr, elapsedMs, isLate });
    });
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
