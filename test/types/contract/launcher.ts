/**
 * The contract of `tsmpi/launcher`, as its users type it: declarations alone. The package's own must accept
 * everything that is
 * written against these; `contract.test.ts` checks it. Add where users gain; rename nothing.
 */
import type { Intercommunicator } from 'tsmpi';
export interface LaunchOptions {
  ranks: number;
  /** More programs in the same world (MPMD): their ranks follow, in order. */
  also?: readonly { script: string | URL; ranks: number; args?: readonly string[] }[];
  args?: readonly string[];
  /** A backend's name ('local' unless configured), or one built by hand. */
  backend?: string | Backend;
  ranksPerSandbox?: number;
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  writable?: boolean;
  mounts?: readonly Mount[];
  /** Limits of each sandbox. */
  memoryMiB?: number;
  cpus?: number;
  timeoutMs?: number;
  connectors?: readonly string[];
  onFailure?: 'abort' | 'continue';
  stdin?: { rank: number | 'all'; stream: NodeJS.ReadableStream };
  /** true: this program joins the mesh as the job's parent. */
  attach?: boolean;
  signal?: AbortSignal | undefined;
}
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}
export type ExitReason = 'exit' | 'throw' | 'signal' | 'out-of-memory' | 'timeout' | 'aborted' | 'lost';
export interface RankExit {
  rank: number;
  reason: ExitReason;
  exitCode: number | null;
  signal: string | null;
  error?: Error;
}
export interface Job extends AsyncDisposable {
  readonly id: string;
  /** With `attach`: the ranks, as seen from here. */
  readonly ranks: Intercommunicator | null;
  readonly output: AsyncIterable<{ rank: number; stream: 'stdout' | 'stderr'; line: string }>;
  /** The exit code that `tsmpirun` would give. With onFailure 'continue' it is the survivors'. */
  readonly done: Promise<{ exitCode: number; ranks: readonly RankExit[] }>;
  kill(reason?: string): Promise<void>;
}
/** A mesh with one job in it; it ends with the job. */
export declare function launch(script: string | URL, options: LaunchOptions): Promise<Job>;

/**
 * A mesh that the caller's life bounds. Every sandbox started with its identifier can reach every other, none
 * without it can.
 * Jobs come and go while it stands; its first link opens when its second sandbox joins. When it is disposed, or its
 * creator dies,
 * its jobs end and nothing of it is left.
 */
export interface Mesh extends AsyncDisposable {
  readonly id: string;
  launch(script: string | URL, options: LaunchOptions & { name?: string }): Promise<Job>;
}
export declare function createMesh(options?: { backend?: string | Backend; signal?: AbortSignal }): Promise<Mesh>;

/** What a backend does. It knows nothing of ranks, meshes or collectives: it starts and stops sandboxes. */
export interface Backend extends AsyncDisposable {
  readonly name: string;
  /** What this machine lacks for the backend, each with the command that mends it; empty when it can run. */
  check(): Promise<readonly string[]>;
  start(request: SandboxRequest): Promise<Sandbox>;
}
export interface SandboxRequest {
  readonly jobId: string;
  readonly index: number;
  /** The agent: program and arguments, as the sandbox sees them. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** What the agent needs to find and join its job: a secret, passed by file or pipe, never by argv or env. */
  readonly bootstrap: Uint8Array;
  readonly limits: { memoryMiB?: number; cpus?: number; processes?: number };
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}
export interface Sandbox {
  readonly id: string;
  /** What the agent itself prints; the ranks' output comes through the agent. */
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly exited: Promise<{ reason: ExitReason; exitCode: number | null; signal: string | null }>;
  kill(): Promise<void>;
}

/** tsmpi.config.ts: `export default defineConfig({ … })`. */
export interface Config {
  backend?: string;
  backends?: Record<string, unknown>;
  /**
   * By resource name: who may use it. The first of two grants; the connector's own agent gives the second. No
   * address appears here.
   */
  connectors?: Record<string, ConnectorGrant>;
}
export interface ConnectorGrant {
  agent: string;
  jobs?: readonly string[];
  ranks?: readonly number[] | 'all';
  maxStreams?: number;
}
export declare function defineConfig(config: Config): Config;
