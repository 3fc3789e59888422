/**
 * What a backend does. It knows nothing of ranks, meshes or collectives: it starts and stops sandboxes.
 */

/**
 * A directory or file of the host that a sandbox sees; local backends keep the path, so `target` is mostly `source`.
 * @example
 * const mount: Mount = { source: '/data', target: '/data', writable: false };
 * await using job = await launch('job.ts', { ranks: 2, mounts: [mount] });
 */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

/**
 * Why a rank or a sandbox ended.
 * @example
 * const isOurs = (reason: ExitReason): boolean => reason === 'exit' || reason === 'throw';
 */
export type ExitReason = 'exit' | 'throw' | 'signal' | 'out-of-memory' | 'timeout' | 'aborted' | 'lost';

/**
 * How a sandbox ended. A backend only says 'exit', 'signal' and 'out-of-memory'; the other reasons are the agent's to
 * tell.
 * @example
 * const exit: SandboxExit = { reason: 'signal', exitCode: null, signal: 'SIGKILL' };
 */
export interface SandboxExit {
  readonly reason: ExitReason;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/**
 * What a sandbox may use; what is left out has no limit.
 * @example
 * const limits: SandboxLimits = { memoryMiB: 512, cpus: 1.5 };
 */
export interface SandboxLimits {
  readonly memoryMiB?: number;
  /** Cores, fractions allowed. */
  readonly cpus?: number;
  /** Processes and threads together. */
  readonly processes?: number;
}

/**
 * What a backend is asked to start.
 * @example
 * function nameOf({ jobId, index }: SandboxRequest): string {
 *   return `${jobId}-${index}`;
 * }
 */
export interface SandboxRequest {
  readonly jobId: string;
  readonly index: number;
  /** The agent: program and arguments, as the sandbox sees them. The program is `process.execPath`. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** What the agent needs to find and join its job: a secret. It comes to the agent through file descriptor 3. */
  readonly bootstrap: Uint8Array;
  readonly limits: SandboxLimits;
  readonly mounts: readonly Mount[];
  /** The whole environment of the agent, but for PATH, HOME and TMPDIR, which the backend sets unless given. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborting it kills the sandbox, also while it starts. */
  readonly signal: AbortSignal;
}

/**
 * A sandbox that runs.
 * @example
 * async function end(sandbox: Sandbox): Promise<void> {
 *   await sandbox.kill();
 *   console.log((await sandbox.exited).reason);
 * }
 */
export interface Sandbox {
  readonly id: string;
  /**
   * What the agent itself prints; the ranks' output comes through the agent. Bounded: unread output is dropped, not
   * queued.
   */
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Resolves when no process of the sandbox is left; never rejects. */
  readonly exited: Promise<SandboxExit>;
  /** Kills every process of the sandbox at once; resolves when `exited` has. */
  kill(): Promise<void>;
}

/**
 * Where sandboxes are born.
 * @example
 * async function canRun(backend: Backend): Promise<boolean> {
 *   return (await backend.check()).length === 0;
 * }
 */
export interface Backend extends AsyncDisposable {
  readonly name: string;
  /** Whether its sandboxes run on this host and can map a file of the job's directory into their memory; default no. */
  readonly sharesMemory?: boolean;
  /** What this machine lacks for the backend, each with the command that mends it; empty when it can run. */
  check(): Promise<readonly string[]>;
  /** Rejects with ERR_LAUNCH when the request cannot be honoured or nothing could be started. */
  start(request: SandboxRequest): Promise<Sandbox>;
}
