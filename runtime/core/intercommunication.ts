/** The calls between two groups of ranks, each of which keeps its own numbers. */
import type { CallOptions, PointToPoint, Receiver } from './api.ts';

/**
 * Who sends a broadcast, or gets a gather: `'self'` there, `null` on the others of its side, its rank over there.
 * @example
 * const root: SideRoot = world.rank === 0 ? 'self' : null;
 * await parent?.gather(undefined, { root });
 */
export type SideRoot = number | 'self' | null;

/**
 * `C`: what a merge of both sides makes.
 * @example
 * async function greet(there: Intercommunication<Communicator>): Promise<void> {
 *   await there.send('hello', { dest: 0 });
 * }
 */
export interface Intercommunication<C> extends PointToPoint, Receiver {
  /** This rank's number on its own side, of `size` ranks. */
  readonly rank: number;
  readonly size: number;
  readonly name: string;
  /** Ranks of the other side; `dest` and `source` count there. */
  readonly remoteSize: number;
  /** Returns on no rank before it was called on every rank of the other side. */
  barrier(options?: CallOptions): Promise<void>;
  /**
   * As in MPI: the sending rank passes its data and root 'self', the rest of its side root null, the receiving side the
   * sender's rank over there. Only the receiving side gets the value.
   */
  broadcast<T>(data: T | undefined, options: CallOptions & { root: SideRoot }): Promise<T | undefined>;
  /**
   * The receiving rank passes root 'self' and gets the list, in rank order; the rest of its side passes root null, the
   * sending side the receiver's rank over there.
   */
  gather<T>(data: T | undefined, options: CallOptions & { root: SideRoot }): Promise<T[] | undefined>;
  /**
   * Both sides become one communicator; the side that passes `high` comes second, by default the spawned or connecting
   * one (MPI_Intercomm_merge).
   */
  merge(options?: CallOptions & { high?: boolean }): Promise<C>;
  /**
   * Ends it, on both sides: messages on their way are received where a call waits for them, then every other call on it
   * ends with ERR_ARGUMENT (MPI_Comm_disconnect).
   */
  disconnect(options?: CallOptions): Promise<void>;
}
