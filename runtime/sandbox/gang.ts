/** The ranks of a sandbox as the agent sees them: one worker each, in a pool that never makes a second one. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { RankTask } from './rank-task.ts';

export interface GangOptions {
  /** One task per rank, in order of their endpoints. */
  readonly tasks: readonly RankTask[];
  /** The whole environment of the ranks. */
  readonly env: Readonly<Record<string, string>>;
  /** V8 heap of each rank in MiB; absent: as node chooses. */
  readonly heapMiB?: number | undefined;
}

/** Why a worker is gone. */
export interface WorkerEnd {
  /** The worker's heap was full. */
  readonly outOfMemory: boolean;
  readonly error: Error;
}

export class Gang {
  readonly #pool: Piscina;
  #terminated: Promise<void> | undefined;

  /**
   * Starts the workers; each waits for its rank's state to become `running`. `gone` is called once for each worker when
   * it has ended, whether its rank recorded an end in the segment or could not.
   */
  constructor(options: GangOptions, gone: (localIndex: number, end: WorkerEnd) => void) {
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
        const known = error instanceof Error ? error : new Error(String(error));
        const code = (known as NodeJS.ErrnoException).code;
        gone(task.localIndex, { outOfMemory: code === 'ERR_WORKER_OUT_OF_MEMORY', error: known });
      });
    }
  }

  /** Workers that have not ended. */
  get alive(): number {
    return this.#pool.threads.length;
  }

  /** Ends every worker where it stands; resolves when all are gone. */
  terminate(): Promise<void> {
    // Once: the pool forgets a worker when it begins to end it, and would not wait for it a second time.
    this.#terminated ??= this.#pool.destroy();
    return this.#terminated;
  }
}

/** `rank.ts` beside this file, or what the build has made of it: the workers' own file, which they have loaded. */
function rankModule(): string {
  const name = import.meta.url.endsWith('.ts') ? 'rank.ts' : 'worker.js';
  return fileURLToPath(new URL(name, import.meta.url));
}
