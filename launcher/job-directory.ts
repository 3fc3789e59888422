/**
 * The private directory of one job: sockets, bundle, and the list of what must not outlive it.
 */

/** Something outside the job directory that must end with the job. */
export type Claim =
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'cgroup'; readonly path: string };

/** Who the sandboxes of the job run as, when the launcher is root. */
export interface JobUser {
  readonly uid: number;
  readonly gid: number;
}

export interface JobDirectory extends AsyncDisposable {
  /** The random part of the directory's name: 22 characters of base64url, 128 bits. */
  readonly id: string;
  /** Absolute and short, so that socket paths in it stay below the 107 bytes that unix sockets allow. */
  readonly path: string;
  /** Where the rendezvous service listens. */
  readonly rendezvousPath: string;
  /** Sandboxes listen here, each on `<index>.sock`. */
  readonly meshDirectory: string;
  /** Bundles are written here. */
  readonly bundleDirectory: string;
  /** The job's own user; null when the launcher is not root and sandboxes run as its user. */
  readonly user: JobUser | null;
  /** Notes something that must end with the job, for the reaper and for the sweep. Takes effect at once. */
  claim(claim: Claim): void;
  /**
   * Hands what was written so far (bundle, rendezvous socket) to the job's user and verifies owners and modes; ERR_LAUNCH
   * names a path that others may enter. Backends call it before the first sandbox starts: bundle and rendezvous come first.
   */
  seal(): Promise<void>;
  /** Ends every claim and removes the directory; safe to call twice. */
  dispose(): Promise<void>;
}

/**
 * Makes the directory (0700, on tmpfs where there is one), starts the reaper that outlives this process, and sweeps
 * what dead launchers left. Rejects with ERR_LAUNCH when no place for it can be written.
 */
export function createJobDirectory(): Promise<JobDirectory> {
  return Promise.reject(new Error('job directory: being laid down'));
}
