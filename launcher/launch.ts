/**
 * Starting jobs from a program: the same machinery as `tsmpirun`, without a terminal.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TsmpiError } from '../runtime/core/errors.ts';
import { ranksMax, ranksPerSandboxMax } from '../runtime/core/limits.ts';
import type { Backend, Mount } from './backends/backend.ts';
import { type BackendName, type JobProgram, type JobSpec, sizeOf } from './job-spec.ts';
import { LineFeed, type OutputLine } from './line-feed.ts';
import { LineCutter } from './output/line-cutter.ts';
import type { RankExit } from './supervise/result.ts';
import { startJob } from './supervise/start-job.ts';
import { tuningFor } from './tuning.ts';

export interface LaunchOptions {
  /** Ranks of `script`, at least 1. */
  ranks: number;
  /** More programs in the same world (MPMD): their ranks follow, in order. */
  also?: readonly { script: string | URL; ranks: number; args?: readonly string[] }[];
  /** `process.argv` of the ranks from index 2 on. */
  args?: readonly string[];
  /** A backend's name, 'local' by default, or one built by hand. */
  backend?: string | Backend;
  /** Default 1. */
  ranksPerSandbox?: number;
  /** The whole environment of the ranks. */
  env?: Readonly<Record<string, string>>;
  /** Default: this program's working directory. */
  cwd?: string;
  /** Whether ranks may write in `cwd`; default false. */
  writable?: boolean;
  mounts?: readonly Mount[];
  /** Memory limit of each sandbox. */
  memoryMiB?: number;
  /** Cores of each sandbox. */
  cpus?: number;
  /** For the whole job; it then ends with exit code 124. */
  timeoutMs?: number;
  /** Default 'abort': the first rank that fails ends the job. */
  onFailure?: 'abort' | 'continue';
  stdin?: { rank: number | 'all'; stream: NodeJS.ReadableStream };
  /** Aborting it ends the job. */
  signal?: AbortSignal | undefined;
}

/** A running job. Disposing it ends it and waits until nothing of it is left. */
export interface Job extends AsyncDisposable {
  readonly id: string;
  /** Lines of the ranks, whole and in each rank's order. One reader. */
  readonly output: AsyncIterable<OutputLine>;
  /** The exit code that `tsmpirun` would give, and how each rank ended. Never rejects. */
  readonly done: Promise<{ exitCode: number; ranks: readonly RankExit[] }>;
  /** Ends the job and resolves when nothing of it is left. */
  kill(reason?: string): Promise<void>;
}

/**
 * Starts `script` on `options.ranks` ranks, in sandboxes. A relative path counts from `cwd`.
 *
 * Resolves when the job is on its way; its end is `job.done`. Rejects with ERR_ARGUMENT for options that make no sense
 * and with ERR_LAUNCH when the script cannot be bundled or no sandbox can be made; nothing is left then.
 *
 * @example
 * ```ts
 * import { launch } from 'tsmpi/launcher';
 * await using job = await launch('job.ts', { ranks: 4 });
 * for await (const { rank, line } of job.output) console.log(rank, line);
 * const { exitCode } = await job.done;
 * ```
 */
export async function launch(script: string | URL, options: LaunchOptions): Promise<Job> {
  const tuning = await tuningFor(undefined).catch((error: unknown) =>
    refuse((error as Error).message, 'measure it again with tsmpi bench tune, or remove it'),
  );
  const spec = { ...specOf(script, options), ...(tuning === undefined ? {} : { tuning }) };
  options.signal?.throwIfAborted();
  const feed = new LineFeed();
  const cutters = new Map<number, LineCutter>();
  const cutterOf = (rank: number, stream: 1 | 2): LineCutter => {
    const key = rank * 2 + (stream - 1);
    const cutter = cutters.get(key) ?? new LineCutter();
    cutters.set(key, cutter);
    return cutter;
  };
  const pass = (rank: number, stream: 1 | 2, lines: readonly string[]): void | Promise<void> => {
    let full: void | Promise<void> = undefined;
    for (const line of lines) full = feed.push({ rank, stream: stream === 1 ? 'stdout' : 'stderr', line });
    return full;
  };
  const handle = await startJob(
    spec,
    {
      output: (rank, stream, bytes) => pass(rank, stream, cutterOf(rank, stream).push(bytes)),
      outputOver: (rank) => {
        void pass(rank, 1, cutterOf(rank, 1).end());
        void pass(rank, 2, cutterOf(rank, 2).end());
      },
      event: () => undefined,
    },
    { ...(options.stdin === undefined ? {} : { stdin: options.stdin.stream }), ...handMade(options.backend) },
  );
  const onAbort = (): void => {
    handle.end({ kind: 'killed', reason: 'the launching program aborted the job' });
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const done = handle.done.finally(() => {
    options.signal?.removeEventListener('abort', onAbort);
    feed.close();
  });
  const kill = async (reason = 'the launching program killed the job'): Promise<void> => {
    handle.end({ kind: 'killed', reason });
    await done;
  };
  return { id: handle.id, output: feed, done, kill, [Symbol.asyncDispose]: () => kill() };
}

function isThere(path: string, kind: 'file' | 'directory'): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return kind === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}

function handMade(backend: LaunchOptions['backend']): { backend?: Backend } {
  return typeof backend === 'object' ? { backend } : {};
}

function specOf(script: string | URL, options: LaunchOptions): JobSpec {
  const cwd = resolve(options.cwd ?? process.cwd());
  const programs: JobProgram[] = [
    { script, ranks: options.ranks, args: options.args ?? [] },
    ...(options.also ?? []),
  ].map((program) => ({ script: pathOf(program.script, cwd), ranks: program.ranks, args: program.args ?? [] }));
  if (!isThere(cwd, 'directory')) refuse(`cwd: there is no folder ${cwd}`, 'pass the path of one');
  for (const { script: path } of programs) {
    if (!isThere(path, 'file')) refuse(`there is no file ${path}`, `a relative path counts from cwd, ${cwd}`);
  }
  for (const { ranks, script: path } of programs) whole(`ranks of ${path}`, ranks, ranksMax);
  const size = sizeOf(programs);
  whole('ranks of all programs together', size, ranksMax);
  whole('ranksPerSandbox', options.ranksPerSandbox ?? 1, ranksPerSandboxMax);
  positive('memoryMiB', options.memoryMiB);
  positive('cpus', options.cpus);
  positive('timeoutMs', options.timeoutMs);
  const stdin = options.stdin?.rank ?? 'none';
  if (typeof stdin === 'number' && !(Number.isInteger(stdin) && stdin >= 0 && stdin < size)) {
    refuse(`stdin names rank ${String(stdin)}`, `name one of 0 to ${String(size - 1)}, or 'all'`);
  }
  return {
    programs,
    backend: backendName(options.backend),
    ranksPerSandbox: options.ranksPerSandbox ?? 1,
    sharedMemory: true,
    env: options.env ?? {},
    cwd,
    writable: options.writable ?? false,
    mounts: options.mounts ?? [],
    onFailure: options.onFailure ?? 'abort',
    tellsForms: false,
    stdin,
    ...(options.memoryMiB === undefined ? {} : { memoryMiB: options.memoryMiB }),
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
}

function pathOf(script: string | URL, cwd: string): string {
  return script instanceof URL ? fileURLToPath(script) : resolve(cwd, script);
}

function backendName(backend: LaunchOptions['backend']): BackendName {
  if (backend === undefined || typeof backend === 'object') return 'local';
  if (backend === 'local' || backend === 'process') return backend;
  return refuse(`there is no backend ${JSON.stringify(backend)}`, "use 'local' or 'process'");
}

function whole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  refuse(`${name}: ${String(value)} was passed`, `pass an integer from 1 to ${String(most)}`);
}

function positive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  refuse(`${name}: ${String(value)} was passed`, 'pass a number above 0, or leave it out');
}

function refuse(what: string, remedy: string): never {
  throw new TsmpiError('ERR_ARGUMENT', what, { where: 'launch', operation: 'launch', remedy });
}
