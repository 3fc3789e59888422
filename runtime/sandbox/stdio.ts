/** Gives a rank the standard streams of a process of its own. */
import { Console } from 'node:console';
import { installDescriptors } from './descriptors.ts';
import type { InputReader } from './input-reader.ts';
import type { OutputWriter } from './output-writer.ts';
import { RankStdin } from './stdin.ts';
import { RankStdout } from './stdout.ts';

/**
 * Replaces `process.stdout`, `process.stderr` and `process.stdin`, and rebinds the global console and descriptors 0 to
 * 2. A worker's own streams are never opened: they reach the outside only when the agent's event loop turns, and print
 * nothing from a rank that does not return to its own.
 */
export function installStdio(writer: OutputWriter, reader: InputReader): void {
  const stdout = new RankStdout(writer, 1);
  const stderr = new RankStdout(writer, 2);
  keepPullCallback(stdout);
  keepPullCallback(stderr);
  replace('stdout', () => stdout);
  replace('stderr', () => stderr);
  let stdin: RankStdin | undefined;
  // Made when first used, as node does: a stream nobody asked for costs nothing.
  replace('stdin', () => (stdin ??= new RankStdin(reader)));
  rebindConsole(stdout, stderr);
  installDescriptors(writer, reader);
}

/**
 * The agent's side of the worker's own streams asks once for more output, by a message that may come only after they
 * were replaced; Node then calls a method of `process.stdout` that no other stream has.
 */
function keepPullCallback(stream: RankStdout): void {
  const prototype = Object.getPrototypeOf(process.stdout) as object;
  for (const symbol of Object.getOwnPropertySymbols(prototype)) {
    if (symbol.description !== 'kStdioWantsMoreDataCallback') continue;
    Object.defineProperty(stream, symbol, { value: () => undefined });
  }
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
