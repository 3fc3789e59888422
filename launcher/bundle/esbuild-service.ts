/**
 * esbuild, loaded when it is needed, and its child process, ended when no build uses it any more: a launcher that runs
 * a job for hours keeps no compiler beside it.
 */
import { createRequire } from 'node:module';
import type * as Esbuild from 'esbuild';

// By `import` node would first parse all of it for the names that it exports.
const require = createRequire(import.meta.url);

let usersCount = 0;

/** Runs `work` with esbuild. Several may run at once. */
export async function withEsbuild<R>(work: (esbuild: typeof Esbuild) => Promise<R>): Promise<R> {
  const esbuild = require('esbuild') as typeof Esbuild;
  usersCount++;
  try {
    return await work(esbuild);
  } finally {
    usersCount--;
    if (usersCount === 0) await esbuild.stop();
  }
}
