/** The two ways to wait for what is outstanding: as a promise, and with the thread. */
import type { CallOptions } from '../core/api.ts';
import type { Engine } from './engine.ts';
import type { Outstanding } from './operation.ts';

/** Node fires a longer timer at once; so long a deadline is none. */
const timerMsMax = 2 ** 31 - 1;

/**
 * A promise of what `result` gives once `operation` is done. `options` are checked already; the deadline counts from
 * here. While it is pending the event loop does not end.
 */
export function settle<R>(engine: Engine, operation: Outstanding, result: () => R, options: CallOptions): Promise<R> {
  if (operation.done) return settled(operation, result);
  const { signal, timeoutMs } = options;
  return new Promise<R>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      engine.cancel(operation, cancelledError(operation, signal));
    };
    engine.eventLoop.hold();
    operation.waiter = {
      operationDone: () => {
        engine.eventLoop.release();
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        settled(operation, result).then(resolve, reject);
      },
    };
    signal?.addEventListener('abort', onAbort);
    if (timeoutMs !== undefined && timeoutMs <= timerMsMax) {
      timer = setTimeout(() => {
        // The thread may have been busy all the time, and what is waited for long here.
        engine.poll();
        engine.cancel(operation, timeoutError(operation, timeoutMs));
      }, timeoutMs);
    }
    engine.eventLoop.arm();
  });
}

/** Blocks until `operation` is done and returns what `result` gives; throws its error, or ERR_TIMEOUT. */
export function block<R>(
  engine: Engine,
  operation: Outstanding,
  result: () => R,
  options: { timeoutMs?: number | undefined },
): R {
  const timeoutMs = options.timeoutMs ?? Infinity;
  if (!operation.done && !engine.block(operation, timeoutMs)) {
    engine.cancel(operation, timeoutError(operation, timeoutMs));
  }
  if (operation.error !== undefined) throw operation.error;
  return result();
}

/** The error of a call whose signal aborted, before or after its start. */
export function cancelledError(operation: Outstanding, signal: AbortSignal | undefined): Error {
  const remedy = 'the signal that was passed to it says why (its reason is the cause)';
  return operation.failure('ERR_CANCELLED', 'the call was cancelled by its signal', remedy, undefined, signal?.reason);
}

/** Something caught, as an Error. */
export function asError(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}

function timeoutError(operation: Outstanding, timeoutMs: number): Error {
  const what = `not complete after ${String(timeoutMs)} ms (timeoutMs)`;
  return operation.failure('ERR_TIMEOUT', what, 'see what the other ranks are doing, or allow more time');
}

function settled<R>(operation: Outstanding, result: () => R): Promise<R> {
  if (operation.error !== undefined) return Promise.reject(operation.error);
  try {
    return Promise.resolve(result());
  } catch (error) {
    return Promise.reject(asError(error));
  }
}
