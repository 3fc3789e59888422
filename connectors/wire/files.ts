/** Files that hold secrets or decide who may do what: nobody else reads them, and nobody finds half of one. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { parseDocument } from './checked-fields.ts';

/** Where this user's state of connectors lies, that of gateways or that of agents. */
export function statePath(kind: 'gateway' | 'connector', env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return join(base, 'tsmpi', kind);
}

/** Makes a folder that only this user enters. Throws ERR_ARGUMENT where others do. */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(path);
  if ((mode & 0o077) === 0 && (uid === process.geteuid?.() || process.geteuid === undefined)) return;
  throw new TsmpiError('ERR_ARGUMENT', `${path} can be entered by others, and holds keys`, {
    where: 'connectors',
    remedy: `chown it to yourself and chmod 700 ${path}`,
  });
}

/** Writes a file whole or not at all, for this user alone. */
export function writePrivate(path: string, text: string): void {
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

/** The file's JSON, or undefined where there is none. Throws where it is no JSON. */
export function readDocument(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseDocument(text, path);
}
