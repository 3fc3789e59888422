/**
 * The files and folders that a command line names, checked before anything starts.
 */
import { accessSync, constants, existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Mount } from '../backends/backend.ts';
import { nearest } from './nearest.ts';
import { refuse } from './refusal.ts';

const scriptExtensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'];
/** Names compared with a mistyped one. */
const siblingsMax = 1000;

/** The absolute path of a program. */
export function scriptPath(text: string, cwd: string): string {
  if (text === '' || text === '-') {
    return refuse(
      text === '' ? "''" : text,
      'not the name of a program',
      'programs are read from files, such as job.ts',
    );
  }
  const path = resolve(cwd, text);
  const stats = statOf(path);
  if (stats === undefined) return refuse(text, 'no such file', insteadOfMissing(text, path));
  if (stats.isDirectory()) {
    const inside = ['index.ts', 'main.ts', 'job.ts'].find((name) => existsSync(join(path, name)));
    return refuse(text, 'a directory, not a program', `name a file in it, such as ${join(text, inside ?? 'job.ts')}`);
  }
  if (!stats.isFile()) return refuse(text, 'not a regular file', 'programs are read from files, such as job.ts');
  if (!scriptExtensions.includes(extname(path))) {
    const known = 'its name must end in .ts, .mts, .cts, .tsx, .js, .mjs, .cjs or .jsx';
    return refuse(text, 'not a TypeScript or JavaScript file', known);
  }
  if (!isAllowed(path, constants.R_OK)) return refuse(text, 'it cannot be read', `allow it: chmod +r ${text}`);
  return path;
}

/** `SRC:DST[:rw]`. */
export function mountOf(option: string, text: string): Mount {
  const as = `${option} ${text}`;
  const [source = '', target = '', mode = 'ro', ...more] = text.split(':');
  if (source === '' || target === '' || more.length > 0) {
    return refuse(as, 'not of the form SRC:DST[:rw]', `write for example ${option} ${source || '/data'}:/data`);
  }
  if (mode !== 'ro' && mode !== 'rw') {
    return refuse(as, `unknown mode ${mode}`, 'write :rw to let ranks write, nothing to let them read');
  }
  return { source, target, writable: mode === 'rw' };
}

/** A folder for output files, which may still have to be made. */
export function outputDirectory(option: string, text: string, cwd: string): string {
  const path = resolve(cwd, text);
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  const stats = statOf(existing);
  if (text === '' || stats?.isDirectory() !== true) {
    return refuse(`${option} ${text}`, `${text === '' ? 'an empty name' : existing} is no folder`, 'name a folder');
  }
  if (!isAllowed(existing, constants.W_OK | constants.X_OK)) {
    return refuse(`${option} ${text}`, `you may not write in ${existing}`, 'name a folder of yours');
  }
  return path;
}

/** With `--writable` the ranks get no more than their owner has. */
export function checkWritable(option: string, cwd: string): void {
  if (cwd === '/') refuse(option, 'of the whole file system nothing is shown', 'start in the directory of the project');
  if (!isAllowed(cwd, constants.W_OK)) refuse(option, `you may not write in ${cwd} yourself`, 'leave it out');
}

function insteadOfMissing(text: string, path: string): string {
  if (/^\d+$/.test(text)) return `the number of ranks is given as -n ${text}`;
  const guess = nearest(basename(path), siblingsOf(path));
  return guess === undefined
    ? 'check its name and your working directory'
    : `did you mean ${join(dirname(text), guess)}?`;
}

/** Programs beside a missing one. */
function siblingsOf(path: string): string[] {
  try {
    const names = readdirSync(dirname(path)).slice(0, siblingsMax);
    return names.filter((name) => scriptExtensions.includes(extname(name)));
  } catch {
    return [];
  }
}

export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A folder on the way that may not be entered, or is a file: for us it is not there.
    return undefined;
  }
}

export function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
