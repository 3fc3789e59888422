/** The ranks of a sandbox as the agent sees them: one worker each, and never a second one. */
import { LoneWorker } from './lone-worker.ts';
import type { GangOptions, WorkerGone, Workers } from './workers.ts';

/** Else a worker cannot begin with a program of ours, which is TypeScript; Piscina's begin with its own. */
const isBuilt = !import.meta.url.endsWith('.ts');

export class Gang {
  #workers: Workers | undefined;
  readonly #started: Promise<void>;
  #terminated: Promise<void> | undefined;

  /**
   * Starts the workers; each waits for its rank's state to become `running`. `gone` is called whether the rank recorded
   * an end in the segment or could not.
   */
  constructor(options: GangOptions, gone: WorkerGone) {
    const [task, ...others] = options.tasks;
    if (isBuilt && task !== undefined && others.length === 0) {
      this.#workers = new LoneWorker(task, options, gone);
      this.#started = Promise.resolve();
    } else this.#started = this.#startPool(options, gone);
  }

  /** Workers that have not ended. */
  get alive(): number {
    return this.#workers?.alive ?? 0;
  }

  /** Ends every worker where it stands; resolves when all are gone. */
  terminate(): Promise<void> {
    // Once: the pool forgets a worker when it begins to end it, and would not wait for it a second time.
    this.#terminated ??= this.#started.then(() => this.#workers?.terminate());
    return this.#terminated;
  }

  /** Most sandboxes hold one rank, and have no use for what a pool loads. */
  async #startPool(options: GangOptions, gone: WorkerGone): Promise<void> {
    const { Pool } = await import('./pool.ts');
    this.#workers = new Pool(options, gone);
  }
}
