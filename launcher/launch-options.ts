/** What a program asks for when it launches a job, checked. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TsmpiError } from '../runtime/core/errors.ts';
import { ranksMax, ranksPerSandboxMax } from '../runtime/core/limits.ts';
import type { Backend, Mount } from './backends/backend.ts';
import { checkedMounts } from './cli/mounts.ts';
import { RefusedError } from './cli/refusal.ts';
import { type BackendName, type JobProgram, type JobSpec, sizeOf } from './job-spec.ts';

/**
 * What a job is made of, and what its ranks may do.
 * @example
 * const options: LaunchOptions = { ranks: 4, memoryMiB: 1024, timeoutMs: 60_000 };
 * await using job = await launch('job.ts', options);
 */
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
  /** Private datasets that the ranks may use, by their names in `tsmpi.config.ts` of `cwd`. */
  connectors?: readonly string[];
  /** Default 'abort': the first rank that fails ends the job. */
  onFailure?: 'abort' | 'continue';
  stdin?: { rank: number | 'all'; stream: NodeJS.ReadableStream };
  /**
   * True: this program joins the mesh of the job as its ranks' `parent`, and has them as `job.ranks`. While its thread
   * computes, ranks that need it wait.
   */
  attach?: boolean;
  /** Aborting it ends the job. */
  signal?: AbortSignal | undefined;
}

function isThere(path: string, kind: 'file' | 'directory'): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return kind === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}

export function handMade(backend: LaunchOptions['backend']): { backend?: Backend } {
  return typeof backend === 'object' ? { backend } : {};
}

/** The job that checked options describe. Throws ERR_ARGUMENT for what makes no sense. */
export function specOf(script: string | URL, options: LaunchOptions): JobSpec {
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
    mounts: mountsOf(options, { cwd, scripts: programs.map(({ script: path }) => path) }),
    onFailure: options.onFailure ?? 'abort',
    tellsForms: false,
    stdin,
    ...(options.memoryMiB === undefined ? {} : { memoryMiB: options.memoryMiB }),
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
}

function mountsOf(
  { mounts = [], backend }: LaunchOptions,
  shown: { cwd: string; scripts: string[] },
): JobSpec['mounts'] {
  const asked = mounts.map((mount) => ({ as: `mounts: ${mount.source} at ${mount.target}`, mount }));
  try {
    return checkedMounts(asked, shown, backendName(backend));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new TsmpiError('ERR_ARGUMENT', error.message, { where: 'launch', operation: 'launch' });
  }
}

function pathOf(script: string | URL, cwd: string): string {
  return script instanceof URL ? fileURLToPath(script) : resolve(cwd, script);
}

export function backendName(backend: LaunchOptions['backend']): BackendName {
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

/** Throws ERR_CANCELLED, with the signal's reason as the cause, once `signal` has aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted !== true) return;
  throw new TsmpiError('ERR_CANCELLED', 'the call was cancelled by its signal', {
    where,
    operation: where,
    remedy: 'the signal that was passed to it says why (its reason is the cause)',
    cause: signal.reason,
  });
}

export function refuse(what: string, remedy: string): never {
  throw new TsmpiError('ERR_ARGUMENT', what, { where: 'launch', operation: 'launch', remedy });
}
