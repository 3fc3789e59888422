/** How an error that ends a rank is told to the launcher. */
import { inspect } from 'node:util';
import { isTsmpiError } from '../core/errors.ts';
import { outputChunkBytes } from '../core/limits.ts';
import type { ErrorReport } from './rank-task.ts';

/** Together, encoded, they fit one record of `outputChunkBytes` whatever they are made of. */
const messageCharsMax = 2 * 1024;
const stackCharsMax = 8 * 1024;
const nameCharsMax = 128;
/** Links of a chain of causes that are followed; it may be a circle. */
const causesMax = 16;

/**
 * The report of `error`: its stack as node would print it (causes and own properties included), without the frames of
 * the machinery that started the rank. Never throws, whatever was thrown.
 */
export function reportOf(error: unknown): ErrorReport {
  try {
    if (!(error instanceof Error)) {
      const shown = `Uncaught ${inspect(error)}`;
      return { name: 'Uncaught', message: cut(inspect(error), messageCharsMax), stack: cut(shown, stackCharsMax) };
    }
    // By their types these are strings; by the user's hand they may be anything.
    const { name, message, code } = error as { name: unknown; message: unknown; code?: unknown };
    return {
      name: cut(String(name), nameCharsMax),
      message: cut(String(message), messageCharsMax),
      stack: cut(withoutOurFrames(shown(error)), stackCharsMax),
      ...(typeof code === 'string' ? { code: cut(code, nameCharsMax) } : {}),
    };
  } catch {
    // A getter or a proxy of the user's threw.
    return { name: 'Error', message: 'an error that cannot be shown', stack: 'Error: an error that cannot be shown' };
  }
}

/** The report as the bytes of a record: at most `outputChunkBytes`, so that it is never cut in two. */
export function encodeReport(report: ErrorReport): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(report));
  if (bytes.byteLength < outputChunkBytes) return bytes;
  return new TextEncoder().encode(JSON.stringify({ ...report, stack: report.stack.slice(0, 1024) }));
}

/** The report of a record's bytes; undefined when they are not one. */
export function decodeReport(bytes: Uint8Array): ErrorReport | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as ErrorReport;
  } catch {
    return undefined;
  }
}

/** True when the error, or what caused it, says that the job is being ended: the end of this rank is no news. */
export function isAbort(error: unknown): boolean {
  let link = error;
  for (let depth = 0; depth < causesMax && link instanceof Error; depth += 1) {
    if (isTsmpiError(link) && link.code === 'ERR_ABORTED') return true;
    link = link.cause;
  }
  return false;
}

/** A TsmpiError's message says all its properties; other errors show theirs, as node does. */
function shown(error: Error): string {
  if (isTsmpiError(error) && error.cause === undefined && error.stack !== undefined) return error.stack;
  return inspect(error);
}

function withoutOurFrames(stack: string): string {
  const kept: string[] = [];
  for (const line of stack.split('\n')) {
    if (!/^\s+at .*(\/piscina\/|\/runtime\/sandbox\/|tsmpi:image|node:internal\/)/.test(line)) kept.push(line);
    // The error's own properties open behind its last frame.
    else if (line.endsWith(' {')) kept.push(`${kept.pop() ?? ''} {`);
  }
  return kept.join('\n');
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)} … (${String(text.length - most)} more characters)`;
}

/** What an error of ours says. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
