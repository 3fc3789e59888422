/**
 * The `local` backend: each sandbox in namespaces, a file system and a system call filter of its own, by bubblewrap.
 */
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { JobDirectory, JobUser } from '../job-directory.ts';
import type { Backend, Mount, Sandbox, SandboxLimits, SandboxRequest } from './backend.ts';
import * as argument from './bubblewrap-arguments.ts';
import { type Ground, prepareGround } from './bubblewrap-ground.ts';
import type { SandboxGroup } from './control-group.ts';
import { findSystemProgram } from './programs.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { resolvedMount } from './request-mounts.ts';
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts';
import { type Staging, stage } from './staging.ts';
import { wrapped } from './wrapper.ts';

const trialTimeoutMs = 20_000;
const bytesPerMiB = 1024 * 1024;
/** One file may grow to this size while nothing of the host but sockets is writable. */
const fileBytesMax = 256 * bytesPerMiB;

/** How one start differs from the next. */
interface Start {
  readonly id: string;
  readonly hostname: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly bootstrap: Uint8Array;
  readonly limits: SandboxLimits;
  readonly user: JobUser | null;
  readonly signal: AbortSignal;
}

export interface BubblewrapOptions {
  readonly jobDirectory: JobDirectory;
  /** Lines for the user: what is weaker than asked for. */
  readonly log: (line: string) => void;
}

export class BubblewrapBackend implements Backend {
  readonly name = 'local';
  readonly sharesMemory = true;
  readonly #directory: JobDirectory;
  readonly #log: (line: string) => void;
  readonly #told = new Set<string>();
  readonly #running = new Set<SandboxProcess>();
  readonly #stagings = new Map<string, Promise<Staging | null>>();
  #ground: Promise<Ground | Refusal> | null = null;
  #refusal: Promise<Refusal | null> | null = null;
  #closed = false;

  constructor({ jobDirectory, log }: BubblewrapOptions) {
    this.#directory = jobDirectory;
    this.#log = log;
  }

  async check(): Promise<readonly string[]> {
    const refusal = await this.refusal();
    return refusal === null ? [] : [`${refusal.reason}: ${refusal.remedy}`];
  }

  /** Why it cannot run here, by trying; null when it can. Asked once. */
  refusal(): Promise<Refusal | null> {
    this.#refusal ??= this.#try();
    return this.#refusal;
  }

  async start(request: SandboxRequest): Promise<Sandbox> {
    const where = `sandbox ${String(request.index)}`;
    const ground = await this.#prepared();
    if ('reason' in ground) throw new TsmpiError('ERR_LAUNCH', ground.reason, { where, remedy: ground.remedy });
    const requested = (await Promise.all(request.mounts.map((mount) => resolvedMount(mount, where)))).flat();
    const user = await this.#userFor(requested, ground);
    await this.#directory.seal(user);
    const { rendezvousPath, meshDirectory } = this.#directory;
    const rendezvous = join(rendezvousPath, '..');
    return this.#spawn(ground, {
      id: `${request.jobId}-${String(request.index)}`,
      hostname: `sandbox${String(request.index)}`,
      command: request.command,
      cwd: request.cwd,
      mounts: [
        { source: rendezvous, target: rendezvous, writable: false },
        { source: meshDirectory, target: meshDirectory, writable: true },
        ...requested,
      ],
      env: request.env,
      bootstrap: request.bootstrap,
      limits: request.limits,
      user,
      signal: request.signal,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running].map((sandbox) => sandbox.kill()));
    const ground = await this.#ground?.catch(() => null);
    if (ground !== null && ground !== undefined && 'groups' in ground) ground.groups?.close();
    for (const staging of this.#stagings.values()) (await staging.catch(() => null))?.close();
    this.#stagings.clear();
  }

  #prepared(): Promise<Ground | Refusal> {
    this.#ground ??= prepareGround(this.#directory);
    return this.#ground;
  }

  async #try(): Promise<Refusal | null> {
    try {
      const ground = await this.#prepared();
      if ('reason' in ground) return ground;
      const sandbox = await this.#spawn(ground, {
        id: 'trial',
        hostname: 'trial',
        command: [ground.node, '--version'],
        cwd: '/',
        mounts: [],
        env: {},
        bootstrap: new Uint8Array(),
        limits: {},
        user: this.#directory.user,
        signal: AbortSignal.timeout(trialTimeoutMs),
      });
      const { reason, exitCode } = await sandbox.exited;
      return reason === 'exit' && exitCode === 0 ? null : refusalOf(ground.bubblewrap, sandbox.stderrTail);
    } catch (error) {
      return { reason: `bubblewrap cannot be tried (${(error as Error).message})`, remedy: 'see tsmpi doctor' };
    }
  }

  /**
   * Who the sandboxes run as. Writing to a directory of the user's takes its owner; for one of root's that is root (of
   * an
   * empty user namespace, without capabilities), which only a bound on processes makes bearable.
   */
  async #userFor(mounts: readonly Mount[], ground: Ground): Promise<JobUser | null> {
    const { user } = this.#directory;
    const writable = mounts.find(
      (mount) => mount.writable && !argument.isBelow(mount.target, this.#directory.path), // The job's own is the job user's.
    );
    if (user === null || writable === undefined) return user;
    const { uid, gid } = await stat(writable.source);
    if (uid !== 0) return { uid, gid };
    if (ground.groups?.has('pids') !== true) {
      throw new TsmpiError(
        'ERR_LAUNCH',
        `${writable.target} belongs to root, and nothing here bounds the processes of a sandbox that writes as root`,
        {
          where: 'sandbox',
          remedy: `chown it to a user, start as that user, or make the pids control group writable`,
        },
      );
    }
    this.#tell(
      `sandboxes run as root of an empty user namespace, because ${writable.target} is writable and belongs to root`,
    );
    return null;
  }

  #tell(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#log(line);
  }

  async #staging(mounts: readonly Mount[], user: JobUser | null): Promise<Staging | null> {
    if (user === null) return null;
    const sources = mounts.map(({ source }) => source);
    const key = JSON.stringify(sources);
    const place = join(this.#directory.path, `stage${String(this.#stagings.size)}`);
    const staging = this.#stagings.get(key) ?? stage(sources, user, place);
    this.#stagings.set(key, staging);
    return staging;
  }

  async #spawn(ground: Ground, start: Start): Promise<SandboxProcess> {
    const mounts = argument.orderedMounts([...ground.mounts, ...start.mounts]);
    const staging = await this.#staging(mounts, start.user);
    const group = ground.groups?.make(start.id, start.limits) ?? null;
    const view: argument.SandboxView = {
      hostname: start.hostname,
      mounts: mounts.map((mount) => ({ ...mount, source: staging?.placeOf(mount.source) ?? mount.source })),
      cwd: start.cwd,
      sharesSession: ground.grouper !== null,
      env: { ...argument.insideEnvironment(ground.node), ...start.env },
    };
    const args = argument.bubblewrapArguments(view, ground.features);
    const inner = argument.bubblewrapCommand(ground.bubblewrap, start.command);
    const ownGroup = ground.grouper === null ? [] : [ground.grouper, '0'];
    const filter = openSync(ground.filter, 'r');
    try {
      if (this.#closed)
        throw new TsmpiError('ERR_LAUNCH', 'the job ended before it started', { where: `sandbox ${start.id}` });
      const sandbox = await startSandboxProcess({
        id: start.id,
        sharesSession: ground.grouper !== null,
        command: wrapped([...ownGroup, ...dropped(start.user, staging), ...inner], ground.env, {
          enter: group?.enter ?? [],
          ...this.#resourceBounds(start, group),
        }),
        cwd: '/',
        descriptors: [start.bootstrap, filter, Buffer.from(`${args.join('\0')}\0`), 'status'],
        group,
        claim: (pid) => this.#directory.claim({ kind: 'process', pid }),
        signal: start.signal,
      });
      this.#running.add(sandbox);
      void sandbox.exited.then(() => this.#running.delete(sandbox));
      return sandbox;
    } catch (error) {
      await group?.remove();
      throw error;
    } finally {
      closeSync(filter);
    }
  }

  /** What control groups do not bound here, bounded per process as far as that goes. */
  #resourceBounds({ limits, mounts }: Start, group: SandboxGroup | null): { dataBytes?: number; fileBytes?: number } {
    const lacks = (controller: 'memory' | 'cpu'): boolean => group?.limits.has(controller) !== true;
    if (limits.cpus !== undefined && lacks('cpu')) {
      this.#tell('--cpus has no effect: the cpu control group of this machine cannot be written');
    }
    const { meshDirectory, memoryDirectory } = this.#directory;
    const isOurs = (path: string): boolean => path === meshDirectory || dirname(path) === memoryDirectory;
    const userWrites = mounts.some(({ writable, target }) => writable && !isOurs(target));
    return {
      ...(limits.memoryMiB !== undefined && lacks('memory') ? { dataBytes: limits.memoryMiB * bytesPerMiB } : {}),
      ...(userWrites ? {} : { fileBytes: fileBytesMax }),
    };
  }
}

/** Gives up root, inside the staging namespace when there is one. */
function dropped(user: JobUser | null, staging: Staging | null): string[] {
  if (user === null) return [];
  const [uid, gid] = [String(user.uid), String(user.gid)];
  const program = staging === null ? 'setpriv' : 'nsenter';
  const path = findSystemProgram(program);
  if (path === null) {
    throw new TsmpiError('ERR_LAUNCH', `${program} (util-linux) is not in PATH`, {
      where: 'sandbox',
      remedy: 'install the package util-linux',
    });
  }
  if (staging === null) return [path, '--reuid', uid, '--regid', gid, '--clear-groups', '--no-new-privs', '--'];
  return [path, `--mount=${staging.namespace}`, '--setgid', gid, '--setuid', uid, '--'];
}
