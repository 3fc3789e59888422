import type { AbortOrder, FailedRanks, RendezvousEvents, RendezvousServiceOptions } from './options.ts';

/** The launcher's side of the rendezvous. */
export declare class RendezvousService {
  /** Listens; resolves when sandboxes can join. */
  static start(options: RendezvousServiceOptions, events: RendezvousEvents): Promise<RendezvousService>;
  /** Sends the roster to every sandbox that has joined. */
  roster(): void;
  /** Lets the ranks start. */
  go(): void;
  failed(failure: FailedRanks): void;
  abort(order: AbortOrder): void;
  /** Sends standard input to a rank, null at its end. True when the rank's sandbox took it, false when it is gone. */
  stdin(rank: number, bytes: Uint8Array | null): Promise<boolean>;
  /** Tells every sandbox that the job is over. */
  goodbye(): void;
  /** Ends every stream and stops listening. Idempotent. */
  close(): Promise<void>;
}
