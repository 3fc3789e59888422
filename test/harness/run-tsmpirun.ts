import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processTree } from './process-tree.ts';

/** The root of the package under test. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What a finished command left: exactly one of `code` and `signal` is null. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Default: the package's root. */
  readonly cwd?: string;
  /** Added to the environment of the tests; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which then ends. Default: standard input is empty from the start. */
  readonly stdin?: string | Uint8Array;
  /**
   * After it the command gets SIGKILL and the promise rejects with what it had written and what its processes did.
   * Default 60 000.
   */
  readonly timeoutMs?: number;
  /** SIGTERM when it aborts. */
  readonly signal?: AbortSignal;
  /** Sees the child as soon as it runs, for tests that send it a signal. */
  readonly onStart?: (pid: number) => void;
  /** Sees standard output as it comes, for tests that act on a line. */
  readonly onStdout?: (text: string) => void;
}

/** The script that a bin of package.json names. */
export function binPath(name: 'tsmpirun' | 'tsmpi'): string {
  const manifest = JSON.parse(readFileSync(`${packageRoot}/package.json`, 'utf8')) as { bin: Record<string, string> };
  return `${packageRoot}/${manifest.bin[name] ?? `missing bin ${name}`}`;
}

/** Runs a program to its end. Rejects only when it cannot be started or does not end in time. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd = packageRoot, env = {}, stdin, timeoutMs = 60_000, signal, onStart, onStdout } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      // NODE_TEST_CONTEXT would make a child that uses node:test report to our runner.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => {
      out.push(chunk);
      onStdout?.(chunk.toString());
    });
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    // A program that does not read its input closes it; that is no failure of the test.
    child.stdin?.on('error', () => undefined);
    if (stdin !== undefined) child.stdin?.end(stdin);
    if (child.pid !== undefined) onStart?.(child.pid);

    let late: string | null = null;
    const timer = setTimeout(() => {
      late = child.pid === undefined ? '' : processTree(child.pid);
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('error', (error) => {
      // An aborted signal kills the child and reports an error first; `close` follows and gives the result.
      if (error.name === 'AbortError') return;
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, killedBy) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(out).toString();
      const stderr = Buffer.concat(err).toString();
      if (late !== null) {
        const said = `standard output:\n${stdout}\nstandard error:\n${stderr}\nwhat ran:\n${late}`;
        reject(new Error(`${[file, ...args].join(' ')} did not end within ${timeoutMs} ms\n${said}`));
      } else resolve({ code, signal: killedBy, stdout, stderr });
    });
  });
}

/** Runs the built `tsmpirun` as a user would. */
export function runTsmpirun(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return runCommand(process.execPath, [binPath('tsmpirun'), ...args], options);
}

/** Runs the built `tsmpi` as a user would. */
export function runTsmpi(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return runCommand(process.execPath, [binPath('tsmpi'), ...args], options);
}
