/**
 * What a job is, resolved and checked: the command line and `launch` both end in one of these, and the supervisor needs
 * nothing else to run it.
 */
import type { HostPort } from '../connectors/wire/address.ts';
import type { Grants } from '../connectors/gateway/policy.ts';
import type { Tuning } from '../collectives/tuning.ts';
import type { Mount } from './backends/backend.ts';

/** One program of the job. Several share one world (MPMD): their ranks follow each other in order. */
export interface JobProgram {
  /** Absolute path of the script, as the user named it (symbolic links are not resolved). */
  readonly script: string;
  /** At least 1; all programs together at most `ranksMax`. */
  readonly ranks: number;
  /** `process.argv` of its ranks from index 2 on. */
  readonly args: readonly string[];
}

/** Ranks of all programs together. */
export function sizeOf(programs: readonly { readonly ranks: number }[]): number {
  return programs.reduce((sum, { ranks }) => sum + ranks, 0);
}

/** A gateway that is started for the job. */
export interface OwnGatewayOptions {
  /** Where agents dial in. */
  readonly listen: HostPort;
  /** Folder of its keys and of what it knows of agents. */
  readonly state: string;
  /** File of its audit log; absent: a new one in the state. */
  readonly audit?: string;
  readonly grants: Grants;
  /** Where the grants were read, and are read again. */
  readonly configPath?: string;
}

/** Private datasets that the job may use, by name. */
export interface ConnectorsSpec {
  readonly resources: readonly string[];
  /** One for the job, or one that is there, by its inner door. */
  readonly gateway: OwnGatewayOptions | { readonly socket: string };
}

export type BackendName = 'local' | 'process';

/** A job to run. Frozen by convention; no field contradicts another. */
export interface JobSpec {
  /** At least one. */
  readonly programs: readonly JobProgram[];
  /** What grants call it; absent: the name of its script. */
  readonly name?: string;
  /** Absent: none. */
  readonly connectors?: ConnectorsSpec;
  readonly backend: BackendName;
  /** 1 to `ranksPerSandboxMax`. */
  readonly ranksPerSandbox: number;
  /** Whether the sandboxes of a host share memory, where they can. */
  readonly sharedMemory: boolean;
  /** The whole environment of the ranks; nothing of the launcher's own enters. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the ranks' working directory. */
  readonly cwd: string;
  /** Whether ranks may write in `cwd`. */
  readonly writable: boolean;
  /** More of the host's files, as the user asked for them. */
  readonly mounts: readonly Mount[];
  /** Memory of each sandbox; absent: no limit. */
  readonly memoryMiB?: number;
  /** Cores of each sandbox, fractions allowed; absent: no limit. */
  readonly cpus?: number;
  /** From the start of the job; absent: no limit. */
  readonly timeoutMs?: number;
  /** What becomes of the job when a rank fails. */
  readonly onFailure: 'abort' | 'continue';
  /** Which algorithms and sizes collectives use; absent: as shipped. */
  readonly tuning?: Tuning;
  /** Whether rank 0 says, on its agent's standard error, which form of each collective runs. */
  readonly tellsForms: boolean;
  /** Who gets the launcher's standard input: nobody, every rank, or the world rank with this number. */
  readonly stdin: 'none' | 'all' | number;
}
