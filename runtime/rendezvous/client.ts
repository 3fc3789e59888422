import type { AbortOrder, RankOver, RendezvousClientEvents, RendezvousClientOptions } from './options.ts';

/** A sandbox's side of the rendezvous. */
export declare class RendezvousClient {
  /** Resolves when the launcher has let the sandbox in; rejects in the launcher's words when not. */
  static join(options: RendezvousClientOptions, events: RendezvousClientEvents): Promise<RendezvousClient>;
  /** Every mesh link stands. */
  connected(): void;
  /** A rank has ended; call it after the rank's last `output`. */
  rankOver(over: RankOver): void;
  /** A rank asks for the end of the job. */
  abort(order: AbortOrder): void;
  /** Sends what a rank printed (copied when it cannot leave at once). A promise: wait for it before sending more. */
  output(rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void>;
  /** No rank prints any more; resolves when the launcher has handled all output. */
  outputEnd(): Promise<void>;
  /** Leaves in order; resolves when the launcher knows. Then `close`. */
  goodbye(): Promise<void>;
  /** Closes the channel at once; no event comes after it. */
  close(): void;
}
