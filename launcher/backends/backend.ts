/**
 * What a backend does. It knows nothing of ranks, meshes or collectives: it starts and stops sandboxes.
 */

/**
 * A directory or file of the host that a sandbox sees; local backends keep the path, so `target` is mostly `source`.
 */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

export type ExitReason = 'exit' | 'throw' | 'signal' | 'out-of-memory' | 'timeout' | 'aborted' | 'lost';

/**
 * How a sandbox ended. A backend only says 'exit', 'signal' and 'out-of-memory'; the other reasons are the agent's to
 * tell.
 */
export interface SandboxExit {
  readonly reason: ExitReason;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface SandboxLimits {
  readonly memoryMiB?: number;
  /** Cores, fractions allowed. */
  readonly cpus?: number;
  /** Processes and threads together. */
  readonly processes?: number;
}

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

export interface Backend extends AsyncDisposable {
  readonly name: string;
  /** Whether its sandboxes run on this host and can map a file of the job's directory into their memory; default no. */
  readonly sharesMemory?: boolean;
  /** What this machine lacks for the backend, each with the command that mends it; empty when it can run. */
  check(): Promise<readonly string[]>;
  /** Rejects with ERR_LAUNCH when the request cannot be honoured or nothing could be started. */
  start(request: SandboxRequest): Promise<Sandbox>;
}
