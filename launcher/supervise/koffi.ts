/** Finds the native file through which sandboxes map memory that they share (`runtime/transport/libc.ts`). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { futexNumbers } from '../../runtime/core/limits.ts';

/**
 * The native file of the installed koffi for this system; null, or in one clause why, when there is none. Linux only:
 * elsewhere there are no futexes.
 */
export function findKoffi(): { readonly path: string } | { readonly why: string } {
  if (platform() !== 'linux') return { why: `memory is shared between processes on Linux only, this is ${platform()}` };
  if (futexNumbers[arch()] === undefined) return { why: `memory is shared between processes on x64 and arm64 only` };
  const require = createRequire(import.meta.url);
  const triple = `linux-${arch()}`;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const library = report.header?.glibcVersionRuntime === undefined ? 'musl' : 'linux';
  try {
    const directory = dirname(createRequire(require.resolve('koffi')).resolve(`@koromix/koffi-${triple}/package.json`));
    const path = join(directory, `${library}_${arch()}`, 'koffi.node');
    return existsSync(path) ? { path } : { why: `koffi has no build for ${library}-${arch()}` };
  } catch {
    return { why: 'koffi is not installed' };
  }
}
