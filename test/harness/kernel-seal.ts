/**
 * Ties the compiled kernels to what they are compiled from: compiling takes too long to do it again in every test run.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const sources = [
  '.ci/compile-kernels.ts',
  'collectives/kernels/assembly/copy.ts',
  'collectives/kernels/assembly/loops.ts',
  'collectives/kernels/assembly/operations.ts',
];

/** A digest of the kernels' sources, the compiler's version and `modules`, the compiled ones in base64 by name. */
export function sealOf(modules: Readonly<Record<string, string>>): string {
  const manifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const hash = createHash('sha256').update(JSON.stringify([version, modules]));
  for (const source of sources) hash.update(readFileSync(fileURLToPath(new URL(`../../${source}`, import.meta.url))));
  return hash.digest('hex');
}
