/**
 * The `process` backend: each sandbox is a child process under Node's permission model. It isolates little, and says
 * so.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { JobDirectory } from '../job-directory.ts';
import type { Backend, Mount, Sandbox, SandboxLimits, SandboxRequest } from './backend.ts';
import { JobControlGroups } from './control-group.ts';
import { permissionFlags } from './permission-flags.ts';
import { findSystemProgram } from './programs.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { copyEnvironment } from './system-copies.ts';
import { wrapped } from './wrapper.ts';

const bytesPerMiB = 1024 * 1024;

/** What the backend does not do, for the user's eyes. */
export const processBackendNotice =
  "ranks are child processes under Node's permission model: files are held back, but neither the network nor malicious code is, and native addons do not load";

export interface ProcessBackendOptions {
  readonly jobDirectory: JobDirectory;
  /** Lines for the user: what is weaker than asked for. */
  readonly log: (line: string) => void;
}

export class ProcessBackend implements Backend {
  readonly name = 'process';
  /** Mapping takes a native addon, and those do not load under Node's permission model. */
  readonly sharesMemory = false;
  readonly #directory: JobDirectory;
  readonly #log: (line: string) => void;
  readonly #running = new Set<SandboxProcess>();
  readonly #told = new Set<string>();
  #groups: JobControlGroups | null | undefined;
  #closed = false;

  constructor({ jobDirectory, log }: ProcessBackendOptions) {
    this.#directory = jobDirectory;
    this.#log = log;
  }

  async check(): Promise<readonly string[]> {
    return Promise.resolve(
      findSystemProgram('env') === null ? ['env (coreutils) is not in PATH: install the package coreutils'] : [],
    );
  }

  async start(request: SandboxRequest): Promise<Sandbox> {
    const id = `${request.jobId}-${String(request.index)}`;
    const where = `sandbox ${String(request.index)}`;
    const [program, ...args] = request.command;
    const env = findSystemProgram('env');
    if (program === undefined || env === null) {
      throw new TsmpiError(
        'ERR_LAUNCH',
        program === undefined ? 'the command is empty' : 'env (coreutils) is not in PATH',
        { where },
      );
    }
    for (const { source, target } of request.mounts) {
      if (source === target) continue;
      throw new TsmpiError('ERR_LAUNCH', `the process backend cannot show ${source} at ${target}`, {
        where,
        remedy: 'mount it at its own path, or install bubblewrap for the local backend (tsmpi doctor)',
      });
    }
    await this.#directory.seal(null);
    const temporary = join(this.#directory.path, `tmp${String(request.index)}`);
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const permissions = await this.#permissions(request.mounts, temporary);
    this.#groups ??= JobControlGroups.open(this.#directory.id, (path) =>
      this.#directory.claim({ kind: 'cgroup', path }),
    );
    const group = this.#groups?.make(id, request.limits) ?? null;
    const assignments = Object.entries({ ...bareEnvironment(temporary), ...request.env }).map(
      ([name, value]) => `${name}=${value}`,
    );
    try {
      if (this.#closed) throw new TsmpiError('ERR_LAUNCH', 'the job ended before it started', { where });
      const sandbox = await startSandboxProcess({
        id,
        sharesSession: false,
        command: wrapped([...assignments, program, ...permissionFlags(permissions), ...args], env, {
          enter: group?.enter ?? [],
          ...this.#dataBound(request.limits, group?.limits ?? new Set()),
        }),
        cwd: request.cwd,
        descriptors: [request.bootstrap],
        group,
        claim: (pid) => this.#directory.claim({ kind: 'process', pid }),
        signal: request.signal,
      });
      this.#running.add(sandbox);
      void sandbox.exited.then(() => this.#running.delete(sandbox));
      return sandbox;
    } catch (error) {
      await group?.remove();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map((sandbox) => sandbox.kill()));
    this.#groups?.close();
  }

  async #permissions(mounts: readonly Mount[], temporary: string): Promise<{ read: string[]; write: string[] }> {
    const { rendezvousPath, meshDirectory } = this.#directory;
    const read = new Set([join(rendezvousPath, '..')]);
    const write = new Set([meshDirectory, temporary]);
    for (const { source, writable } of mounts) {
      const real = await realpath(source).catch((error: unknown) => {
        throw new TsmpiError('ERR_LAUNCH', `mount source ${source} cannot be reached (${(error as Error).message})`, {
          where: 'sandbox',
          cause: error,
        });
      });
      for (const path of [source, real]) (writable ? write : read).add(path);
    }
    return { read: [...read], write: [...write] };
  }

  #dataBound(limits: SandboxLimits, bounded: ReadonlySet<string>): { dataBytes?: number } {
    if (limits.cpus !== undefined && !bounded.has('cpu')) {
      this.#tell('--cpus has no effect: the cpu control group of this machine cannot be written');
    }
    return limits.memoryMiB === undefined || bounded.has('memory') ? {} : { dataBytes: limits.memoryMiB * bytesPerMiB };
  }

  #tell(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#log(line);
  }
}

function bareEnvironment(temporary: string): Record<string, string> {
  return { PATH: dirname(process.execPath), HOME: temporary, TMPDIR: temporary, ...copyEnvironment() };
}
