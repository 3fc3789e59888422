/**
 * The version of this package, without loading anything of it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** From our package.json, beside `launcher/` or beside `dist/`. */
export function packageVersion(): string {
  const candidates = ['../../package.json', '../../../package.json'];
  const path = candidates.map((name) => fileURLToPath(new URL(name, import.meta.url))).find((name) => existsSync(name));
  const manifest: unknown = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'of an unknown version';
}
