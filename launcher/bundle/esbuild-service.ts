/**
 * esbuild, loaded when it is needed, and its child process, ended when no build uses it any more: a launcher that runs
 * a job for hours keeps no compiler beside it.
 */
import type * as Esbuild from 'esbuild';

let usersCount = 0;

/** Runs `work` with esbuild. Several may run at once. */
export async function withEsbuild<R>(work: (esbuild: typeof Esbuild) => Promise<R>): Promise<R> {
  const esbuild = await import('esbuild');
  usersCount++;
  try {
    return await work(esbuild);
  } finally {
    usersCount--;
    if (usersCount === 0) await esbuild.stop();
  }
}
