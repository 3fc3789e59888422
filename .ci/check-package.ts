/**
 * Packs the package as npm would publish it and lets publint and attw look at the tarball: entries that do not exist,
 * types that do not resolve, files that were left out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'package-check-'));

function run(command: string, args: readonly string[]): number {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return result.status ?? 1;
}

try {
  const packed = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (packed !== 0 || tarball === undefined) throw new Error('npm pack made no tarball');
  const path = join(folder, tarball);
  const bin = join(root, 'node_modules', '.bin');
  const failures =
    run(join(bin, 'publint'), ['run', path, '--strict']) + run(join(bin, 'attw'), [path, '--profile', 'esm-only']);
  process.exitCode = failures === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
