/**
 * Ctrl-C and its relatives. The first one ends the job and lets it end well; the next kills it; one more ends the
 * launcher itself, whose reaper then cleans up.
 */
export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const signals: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What a job looks like to an interrupt. */
export interface Interruptible {
  end(signal: InterruptSignal): void;
  kill(): void;
}

/** Listens from its making until `stop`. */
export class Interrupts {
  #job: Interruptible | undefined;
  #received: InterruptSignal[] = [];
  readonly #wanted = new AbortController();
  #wake: () => void = () => undefined;
  readonly #exit: (signal: InterruptSignal) => void;
  /** Resolves at the first signal. */
  readonly first: Promise<void>;

  /** `exit` ends the launcher at once. */
  constructor(exit: (signal: InterruptSignal) => void) {
    this.#exit = exit;
    this.first = new Promise((resolve) => {
      this.#wake = resolve;
    });
    for (const signal of signals) process.on(signal, this.#receive);
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#wanted.signal;
  }

  /** The first signal that came. */
  get received(): InterruptSignal | undefined {
    return this.#received[0];
  }

  /** From here on `job` is what is interrupted. A signal that came before reaches it now. */
  aim(job: Interruptible): void {
    this.#job = job;
    const [first, second] = this.#received;
    if (first !== undefined) job.end(first);
    if (second !== undefined) job.kill();
  }

  stop(): void {
    for (const signal of signals) process.off(signal, this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    const known = signals.find((name) => name === signal) ?? 'SIGINT';
    this.#received.push(known);
    this.#wanted.abort();
    this.#wake();
    if (this.#received.length === 1) this.#job?.end(known);
    else if (this.#received.length === 2) this.#job?.kill();
    else this.#exit(this.#received[0] ?? known);
  };
}
