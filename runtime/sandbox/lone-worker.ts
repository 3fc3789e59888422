/** The worker of a rank that is alone in its sandbox: started at once, without a pool around it. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type GangOptions, type WorkerGone, type Workers, workerEnd } from './workers.ts';
import type { RankTask } from './rank-task.ts';

export class LoneWorker implements Workers {
  readonly #worker: Worker;
  alive = 1;

  constructor(task: RankTask, { env, heapMiB }: Omit<GangOptions, 'tasks'>, gone: WorkerGone) {
    this.#worker = new Worker(fileURLToPath(new URL('lone.js', import.meta.url)), {
      workerData: task,
      env: { ...env },
      ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
    });
    let error: unknown;
    this.#worker.on('error', (thrown: unknown) => {
      error ??= thrown;
    });
    this.#worker.on('exit', (code) => {
      this.alive = 0;
      gone(task.localIndex, workerEnd(error ?? `the worker ended with code ${String(code)}`));
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
