/**
 * Errors of calls, shown from their caller's side. Most are made deep in the engine, often in a turn of the event loop
 * that the caller has no part in; what helps is the line of the job that made the call.
 */
import { fileURLToPath } from 'node:url';
import { callSiteIntervalMs, callSitesBurst } from '../core/limits.ts';
import { TsmpiError, type TsmpiErrorCode, type TsmpiErrorDetails } from '../core/errors.ts';

/** Where a call was made: V8 keeps the frames here, and writes them out when they are read. */
interface CallSite {
  readonly stack?: unknown;
}

/** Errors made here whose stacks do not show their caller yet. What users throw is never among them. */
const unshown = new WeakSet<Error>();

/** A new error of a call, for `fromCaller` to show. */
export function callError(code: TsmpiErrorCode, what: string, details: TsmpiErrorDetails): TsmpiError {
  const error = new TsmpiError(code, what, details);
  unshown.add(error);
  return error;
}

/**
 * `error`, with a stack that starts at the job's own line: that of `site`, else that of the code that is running or
 * awaits this. Called on the way out of a call. Anything but a `callError` comes back as it is, as does one that was
 * shown before, by a call inside this one.
 */
export function fromCaller(error: unknown, site: CallSite | null): Error {
  if (!(error instanceof Error) || !unshown.delete(error)) return error as Error;
  // It may be printed as well.
  fromCaller(error.cause, site);
  const here: CallSite = {};
  Error.captureStackTrace(here, fromCaller);
  let shown: unknown;
  Object.defineProperty(error, 'stack', {
    configurable: true,
    // Only now, as in V8 itself: frames are costly to write out, and most errors are caught and never printed.
    get: (): unknown => (shown ??= stackOf(error, site, here)),
    set: (stack: unknown): void => {
      shown = stack;
    },
  });
  return error;
}

let sitesLeft = callSitesBurst;
let countedMs = 0;

/**
 * Where the call that is being made was made, for a call that has to wait: should it fail when nobody awaits it,
 * nothing else would tell. Null when so many were taken lately that they would cost the job time.
 */
export function callSite(): CallSite | null {
  const nowMs = performance.now();
  sitesLeft = Math.min(callSitesBurst, sitesLeft + (nowMs - countedMs) / callSiteIntervalMs);
  countedMs = nowMs;
  if (sitesLeft < 1) return null;
  sitesLeft -= 1;
  const site: CallSite = {};
  Error.captureStackTrace(site, callSite);
  return site;
}

function stackOf(error: Error, site: CallSite | null, here: CallSite): unknown {
  for (const place of [site, here]) {
    const frames = place === null ? '' : callerFrames(place.stack);
    if (frames !== '') return `${String(error)}\n${frames}`;
  }
  // A user's Error.prepareStackTrace gives anything.
  return typeof here.stack === 'string' ? `${String(error)}\n${framesOf(here.stack).join('\n')}` : here.stack;
}

/** The frames from the first one of the job on; empty when there is none. */
function callerFrames(stack: unknown): string {
  if (typeof stack !== 'string') return '';
  const frames = framesOf(stack);
  const first = frames.findIndex((frame) => !isInternal(frame));
  return first < 0 ? '' : frames.slice(first).join('\n');
}

function framesOf(stack: string): string[] {
  return stack.split('\n').filter((line) => /^\s+at /u.test(line));
}

/** Everything of ours that runs in a rank lies in these folders, bundled or not, as a path or as a URL. */
const ownFolders = ((): readonly string[] => {
  // Undefined where a bundler has made a script of this module: nothing then tells it from the job.
  const url = import.meta.url as string | undefined;
  if (url?.includes('/runtime/') !== true) return [];
  const root = url.slice(0, url.lastIndexOf('/runtime/') + 1);
  return ['runtime/', 'collectives/'].flatMap((folder) => [root + folder, fileURLToPath(root + folder)]);
})();

function isInternal(frame: string): boolean {
  if (/node:internal\/|tsmpi:image|\(<anonymous>\)$|\(index \d+\)$/u.test(frame)) return true;
  return ownFolders.some((folder) => frame.includes(folder));
}
