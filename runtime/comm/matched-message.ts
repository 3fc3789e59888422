/** Messages that a probe took off their queue: each is received once, by whoever holds it (MPI_Mrecv). */
import type { MatchedMessage, Message, Mode, NumericArray, Options, Result, Strided } from '../core/api.ts';
import { ANY_TAG, PROC_NULL } from './constants.ts';
import { emptyMessage, type PointToPoint, type Probed } from './point-to-point.ts';
import type { Started } from './waits.ts';

/** How one form of the API waits for a started call. */
export type Wait<M extends Mode> = <R>(call: () => Started<R>) => Result<M, R>;

/** What `probe` and `tryProbe` give for `message`; null is the message of PROC_NULL. */
export function matchedMessage<M extends Mode>(point: PointToPoint, wait: Wait<M>, message: Probed): MatchedMessage<M> {
  const status =
    message === null
      ? { source: PROC_NULL, tag: ANY_TAG, bytes: 0 }
      : { source: point.group.rankOf(message.source), tag: message.tag, bytes: message.bytes };
  // After an error (a short array, a wrong type, a deadline) the message is still there to be received.
  let last: Started<unknown> | null = null;
  const start = <T>(options: unknown): Started<Message<T>> => {
    const before = last?.operation;
    if (last !== null && (before?.done !== true || before.error === undefined)) {
      throw point.group.refusal('ERR_ARGUMENT', 'recv', 'this message was received before', 'probe for the next one');
    }
    const call: Started<Message<T>> =
      message === null
        ? { operation: null, options: {}, result: () => emptyMessage<T>() }
        : point.recvProbed<T>(message, options);
    last = call;
    return call;
  };
  return {
    ...status,
    recv: <T = unknown>(options?: Options<M> & { into?: NumericArray | Strided }): Result<M, Message<T>> =>
      wait(() => start<T>(options)),
  };
}
