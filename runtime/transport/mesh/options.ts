import type { TsmpiError } from '../../core/errors.ts';
import type { LinkOpening } from '../../core/links.ts';
import type { SandboxRanks } from '../sandbox-ranks.ts';

/** What a sandbox needs to take part in its job's mesh. */
export interface MeshOptions {
  /** The mesh identifier of the job, as in every control message. */
  readonly meshId: string;
  /** The roster generation; frames of another one are dropped. */
  readonly epoch: number;
  /** This sandbox. */
  readonly index: number;
  /** Those of the start, this one included. With one there is nothing to listen for, and nothing is opened. */
  readonly sandboxes: readonly SandboxRanks[];
  /** The job's mesh key, 32 bytes. It never travels; both ends of a link prove that they hold it. */
  readonly secret: Uint8Array;
  /** Path of the unix socket to listen on, at most `unixPathBytesMax` bytes, in a directory of the job's own. */
  readonly listenPath: string;
  /** Who dials it, where that is not the user of this process. Only for `listener: 'ws'`. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /**
   * `auto`: uWebSockets.js where its native build loads, else the `ws` server with one log line. `checked`: the same,
   * and the launcher has compared the native build already.
   */
  readonly listener: 'auto' | 'checked' | 'ws';
  readonly links: LinkOpening;
  /** Ends `listen` and `connect` with ERR_CANCELLED. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What the mesh tells its sandbox. Handlers run on the thread that made the mesh and must not throw. */
export interface MeshEvents {
  /** A checked frame of sandbox `from`: 64-byte header and payload. Valid only during the call. */
  frame(from: number, frame: Uint8Array): void;
  /** After `send` returned false, or `open` was called: the link takes frames now. */
  drain(to: number): void;
  /** The link is gone; null when the peer closed it in order. Never called for links that `close` ended. */
  down(index: number, error: TsmpiError | null): void;
}

/** One line of the roster: where a sandbox's mesh listens. */
export interface MeshAddress {
  readonly index: number;
  readonly address: string;
}

/** A sandbox that is none of those that the mesh began with. */
export interface MeshNewcomer extends MeshAddress, SandboxRanks {}
