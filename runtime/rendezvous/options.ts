/** How a rank ended. */
export interface RankOver {
  readonly rank: number;
  readonly exitCode: number;
  readonly reason: 'exit' | 'throw' | 'out-of-memory' | 'aborted';
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string; readonly code?: string };
}

/** The end of the job, asked for by a rank or decided by the launcher (no `rank`). */
export interface AbortOrder {
  readonly rank?: number;
  readonly exitCode: number;
  readonly reason: string;
}

/** Ranks that are dead. */
export interface FailedRanks {
  readonly ranks: readonly number[];
  readonly reason: string;
  /** Name of the signal that killed their sandbox, when one did. */
  readonly signal?: string;
}

/** What a rank may ask the launcher for: first to make something ready, then to start it, or to take it back. */
export interface Ask {
  readonly rank: number;
  /** The rank's own count of what it asked for. */
  readonly number: number;
  readonly request:
    | { readonly spawn: SpawnRequest }
    | { readonly connect: ConnectRequest }
    | { readonly start: object }
    | { readonly cancel: object };
}

/** More ranks, in a world of their own. */
export interface SpawnRequest {
  /** As the rank's program names it: relative to its script, or absolute. */
  readonly script: string;
  readonly ranks: number;
  readonly args: string[];
  /** Those that become their parent, in order, and the number of the intercommunicator. */
  readonly parents: number[];
  readonly communicator: number;
}

/** To meet ranks of another job of the mesh, which ask for the same. */
export interface ConnectRequest {
  /** The name of that job. */
  readonly job: string;
  /** Those that want to, in order, and a number for the intercommunicator that none of them uses. */
  readonly ranks: number[];
  readonly communicator: number;
}

/** What came of it. */
export interface Answer {
  readonly rank: number;
  readonly number: number;
  readonly result: AskResult;
}

/** Ready, with the number of the first new rank, or with those that were met; or in words why not. */
export type AskResult = { readonly firstRank: number } | { readonly met: Met } | Refusal;

export interface Refusal {
  /** A TsmpiErrorCode. */
  readonly code: string;
  readonly words: string;
}

/** The other side of a meeting. */
export interface Met {
  readonly ranks: readonly number[];
  readonly communicator: number;
  /** True for the side of the job that was launched later. */
  readonly second: boolean;
}

/** One line of the roster. */
export interface RosterEntry {
  readonly index: number;
  readonly address: string;
  readonly ranks: readonly number[];
}

/** What a sandbox says of itself when it joins. */
export interface SandboxHello {
  readonly index: number;
  readonly ranks: readonly number[];
  readonly meshAddress: string;
  readonly nodeVersion: string;
}

export interface RendezvousServiceOptions {
  /** Path of the unix socket, at most `unixPathBytesMax` bytes, in a directory of the job's own. */
  readonly address: string;
  readonly meshId: string;
  readonly epoch: number;
  /** This launcher's version; sandboxes of another one are refused in words. */
  readonly tsmpiVersion: string;
  /** Who may connect besides root: the job's own user, where the launcher is not that user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Who is let in. */
export interface ExpectedSandbox {
  readonly index: number;
  readonly ranks: readonly number[];
  readonly token: string;
}

/** What the service tells the launcher. Of one sandbox: `joined`, `connected`, …, then `goodbye` or `lost`, once. */
export interface RendezvousEvents {
  joined(index: number, hello: SandboxHello): void;
  connected(index: number): void;
  /** Output of a rank, in its order. The bytes are the handler's own. A returned promise is backpressure. */
  output(index: number, rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void>;
  /** The rank prints nothing more: after all its `output`. */
  outputOver(index: number, rank: number): void;
  /** The rank has ended. Its last output may still be on its way: see `outputOver`. */
  rankOver(index: number, over: RankOver): void;
  abortRequested(index: number, order: AbortOrder): void;
  asked(index: number, ask: Ask): void;
  goodbye(index: number): void;
  /** The sandbox's stream broke, its lease ran out or it broke the protocol. */
  lost(index: number, why: string): void;
  /** Somebody was not let in. */
  refused(why: string): void;
}

export interface RendezvousClientOptions {
  /** Path of the launcher's unix socket. */
  readonly address: string;
  readonly meshId: string;
  readonly epoch: number;
  readonly index: number;
  readonly ranks: readonly number[];
  /** Single-use join token. */
  readonly token: string;
  readonly tsmpiVersion: string;
  readonly meshAddress: string;
  /** Ends `join` with ERR_CANCELLED. */
  readonly signal?: AbortSignal;
}

/** What the launcher tells a sandbox. */
export interface RendezvousClientEvents {
  /** Every sandbox has joined: connect the mesh. Later: these have come, and are ready for links. */
  roster(entries: readonly RosterEntry[]): void;
  /** Every sandbox is connected: start the ranks. */
  go(): void;
  failed(failure: FailedRanks): void;
  /** Ranks have returned. Where there is a link to their sandbox, that says so too, behind what it carries. */
  departed(ranks: readonly number[]): void;
  answer(answer: Answer): void;
  /** These sandboxes are gone, their job being over. */
  left(sandboxes: readonly number[]): void;
  /** A link to that sandbox is wanted, at this end or at the other. */
  link(sandbox: number): void;
  abort(order: AbortOrder): void;
  /** Standard input for a rank, null at its end. The next piece comes once the returned promise is fulfilled. */
  stdin(rank: number, bytes: Uint8Array | null): void | Promise<void>;
  /**
   * The job is over: close the mesh, say goodbye, end. `othersStay`: what was sent to sandboxes of other jobs is to
   * reach them first.
   */
  goodbye(othersStay: boolean): void;
  /** The launcher is gone. Once, and nothing comes after it. */
  lost(why: string): void;
}
