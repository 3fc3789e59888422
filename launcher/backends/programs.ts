/**
 * Helper programs of the system that sandboxes are started with, found once by absolute path: sandboxes start with an
 * empty environment, so nobody looks them up in a PATH later.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where util-linux and coreutils live when PATH does not say so. */
const systemDirectories = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

function findIn(directories: readonly string[], name: string): string | null {
  for (const directory of directories) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not there, or not ours to run: the next directory may have it.
    }
  }
  return null;
}

/** A program that the user installs: only where PATH says. */
export function findInstalledProgram(name: string): string | null {
  return findIn((process.env['PATH'] ?? '').split(delimiter), name);
}

/** A program of the base system: in PATH or in its usual directories. */
export function findSystemProgram(name: string): string | null {
  return findInstalledProgram(name) ?? findIn(systemDirectories, name);
}

/** The shell of the base system, which wraps what needs to happen between fork and exec. */
export const systemShell = '/bin/sh';

/** PATH for shells that need the base system, whatever the user's PATH holds. */
export function systemPath(): string {
  return [process.env['PATH'] ?? '', ...systemDirectories].filter((part) => part !== '').join(delimiter);
}
