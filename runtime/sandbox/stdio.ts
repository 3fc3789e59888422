/** Gives a rank the standard streams of a process of its own. */
import { Console } from 'node:console';
import { Readable } from 'node:stream';
import type { Segment } from '../transport/segment.ts';
import type { OutputWriter } from './output-writer.ts';
import { RankStdin } from './stdin.ts';
import { RankStdout } from './stdout.ts';

/**
 * Replaces `process.stdout`, `process.stderr` and `process.stdin`, and rebinds the global console to them. A worker's
 * own streams are never opened: they reach the outside only when the agent's event loop turns, and print nothing from
 * a rank that does not return to its own.
 */
export function installStdio(writer: OutputWriter, segment: Segment, localIndex: number, hasStdin: boolean): void {
  const stdout = new RankStdout(writer, 1);
  const stderr = new RankStdout(writer, 2);
  replace('stdout', () => stdout);
  replace('stderr', () => stderr);
  let stdin: Readable | undefined;
  // Made when first used, as node does: a stream nobody asked for costs nothing.
  replace('stdin', () => (stdin ??= hasStdin ? new RankStdin(segment, localIndex) : Readable.from([])));
  rebindConsole(stdout, stderr);
}

function replace(name: 'stdin' | 'stdout' | 'stderr', get: () => unknown): void {
  Object.defineProperty(process, name, { get, configurable: true, enumerable: true });
}

/** In place: modules may already hold the console itself, or have it from `node:console`. */
function rebindConsole(stdout: RankStdout, stderr: RankStdout): void {
  const fresh = new Console({ stdout, stderr });
  for (const key of Reflect.ownKeys(fresh)) {
    const own = Object.getOwnPropertyDescriptor(console, key);
    if (own?.configurable === false) continue;
    Object.defineProperty(console, key, Object.getOwnPropertyDescriptor(fresh, key) ?? {});
  }
}
