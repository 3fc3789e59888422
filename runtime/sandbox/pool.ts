/** The workers of several ranks: a pool that never makes a second one for any. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { type GangOptions, type WorkerGone, type Workers, workerEnd } from './workers.ts';

export class Pool implements Workers {
  readonly #pool: Piscina;

  constructor(options: GangOptions, gone: WorkerGone) {
    const ranks = options.tasks.length;
    this.#pool = new Piscina({
      filename: rankModule(),
      name: 'runRank',
      minThreads: ranks,
      maxThreads: ranks,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      recordTiming: false,
      env: { ...options.env },
      ...(options.heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.heapMiB } }),
    });
    // Piscina replaces workers that end until there are `minThreads` of them; a rank must never get a second one.
    this.#pool.options.minThreads = 0;
    // Errors of a worker whose task has been rejected already.
    this.#pool.on('error', () => undefined);
    for (const task of options.tasks) {
      this.#pool.run(task).catch((error: unknown) => {
        gone(task.localIndex, workerEnd(error));
      });
    }
  }

  get alive(): number {
    return this.#pool.threads.length;
  }

  async terminate(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** `pool-rank.ts` beside this file, or what the build has made of it: the workers' own file, which they have loaded. */
function rankModule(): string {
  const name = import.meta.url.endsWith('.ts') ? 'pool-rank.ts' : 'worker.js';
  return fileURLToPath(new URL(name, import.meta.url));
}
