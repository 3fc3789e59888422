/** The two ways to wait for what is outstanding: as a promise, and with the thread. */
import type { CallOptions } from '../core/api.ts';
import { callSite, fromCaller } from './call-errors.ts';
import type { Engine } from './engine.ts';
import { onAbort } from './signals.ts';
import { isDone, type Outstanding } from './operation.ts';

/** Node fires a longer timer at once; so long a deadline is none. */
const timerMsMax = 2 ** 31 - 1;

/** A started call: what to wait for and how long. No operation: it is complete, with what `result` gives. */
export interface Started<R> {
  readonly operation: Outstanding | null;
  readonly options: CallOptions;
  readonly result: () => R;
  /** Told why, when the call fails after its start. */
  readonly failed?: (error: unknown) => void;
}

/**
 * Makes the call that `start` starts, at once, and resolves with its result. Its options are checked already; the
 * deadline counts from here. While it is pending the event loop does not end.
 */
export async function settle<R>(engine: Engine, start: () => Started<R>): Promise<R> {
  let started: Started<R> | null = null;
  let site: ReturnType<typeof callSite> = null;
  try {
    started = start();
    const { operation, options, result } = started;
    if (operation?.done === false) {
      site = callSite();
      // First what the caller does beside the call; then a look, while its thread has nothing else to do.
      await Promise.resolve();
      engine.look(operation);
      if (!isDone(operation)) await completion(engine, operation, options);
    }
    if (operation?.error !== undefined) throw operation.error;
    return result();
  } catch (error) {
    started?.failed?.(error);
    throw fromCaller(error, site);
  }
}

/** Makes the call that `start` starts, blocks until it is done, and returns its result. */
export function block<R>(engine: Engine, start: () => Started<R>): R {
  let started: Started<R> | null = null;
  try {
    started = start();
    const { operation, options, result } = started;
    const timeoutMs = options.timeoutMs ?? Infinity;
    if (operation?.done === false && !engine.block(operation, timeoutMs)) {
      engine.cancel(operation, timeoutError(operation, timeoutMs));
    }
    if (operation?.error !== undefined) throw operation.error;
    return result();
  } catch (error) {
    started?.failed?.(error);
    throw fromCaller(error, null);
  }
}

/** Resolves when `operation`, which is not done yet, is: well, with an error, by its signal or by its deadline. */
function completion(engine: Engine, operation: Outstanding, { signal, timeoutMs }: CallOptions): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let unheard = (): void => undefined;
    if (signal?.aborted === true) {
      engine.cancel(operation, cancelledError(operation, signal));
      resolve();
      return;
    }
    engine.eventLoop.hold();
    operation.waiter = {
      operationDone: () => {
        engine.eventLoop.release();
        clearTimeout(timer);
        unheard();
        resolve();
      },
    };
    if (signal !== undefined) {
      unheard = onAbort(signal, () => {
        engine.cancel(operation, cancelledError(operation, signal));
      });
    }
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

/** The error of a call whose signal aborted, before or after its start. */
export function cancelledError(operation: Outstanding, signal: AbortSignal | undefined): Error {
  const remedy = 'the signal that was passed to it says why (its reason is the cause)';
  return operation.failure('ERR_CANCELLED', 'the call was cancelled by its signal', remedy, undefined, signal?.reason);
}

function timeoutError(operation: Outstanding, timeoutMs: number): Error {
  const what = `not complete after ${String(timeoutMs)} ms (timeoutMs)`;
  return operation.failure('ERR_TIMEOUT', what, 'see what the other ranks are doing, or allow more time');
}
