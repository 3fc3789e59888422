/**
 * A program (a collective, a sendrecv) on its way through its generator. The engine resumes it; promises have no part
 * in it.
 */
import type { Group } from './group.ts';
import { Outstanding, type Waiter } from './operation.ts';
import type { Operation, Program } from './program.ts';

/** What a run needs of the engine. */
export interface Runner {
  /** Queues a run whose operations are done; the engine resumes it when it is not in the middle of a queue. */
  resume(run: ProgramRun): void;
  cancel(operation: Outstanding, error: Error): void;
  /** Calls `step` with this run as the one that new operations of an exchange belong to. */
  within(run: ProgramRun, step: () => void): void;
}

export class ProgramRun<R = unknown> extends Outstanding implements Waiter {
  readonly operation: string;
  readonly where: string;
  readonly #runner: Runner;
  readonly #program: Program<R>;
  #result: R | undefined;
  /** Operations of its last yield that are not done. */
  #pending = 0;
  #awaited: readonly Operation[] = [];
  /** True from `resume` to `step`: further completions change nothing. */
  #resumed = false;
  /** Its operations that may be outstanding, to be cancelled when it ends early. */
  #started: Outstanding[] = [];

  constructor(runner: Runner, program: Program<R>, group: Group, names: { operation: string; where: string }) {
    super(group);
    this.#runner = runner;
    this.#program = program;
    this.operation = names.operation;
    this.where = names.where;
  }

  /** What the program returned; only after it is done without an error. */
  get result(): R {
    return this.#result as R;
  }

  /** Makes `operation` end with this run, at the latest. */
  own(operation: Outstanding): void {
    if (operation.done) return;
    if (this.#started.length >= 64) this.#started = this.#started.filter((started) => !started.done);
    this.#started.push(operation);
  }

  /** Runs the program until it waits for something or is over. */
  step(): void {
    if (this.done) return;
    this.#resumed = false;
    this.#runner.within(this, () => {
      try {
        while (!this.#advance());
      } catch (error) {
        // Whatever a callback of the user's throws passes through unchanged.
        this.#end((error ?? new Error('the program threw nothing')) as Error);
      }
    });
  }

  operationDone(): void {
    this.#pending -= 1;
    // One failure is enough: the others may never come, and the program must hear of it.
    if (this.#resumed) return;
    if (this.#pending > 0 && !this.#awaited.some((operation) => operation.error !== undefined)) return;
    this.#resumed = true;
    this.#runner.resume(this);
  }

  /**
   * Ends the program with `error` (its deadline, its signal): its `finally` blocks run, what it started is cancelled.
   */
  abandon(error: Error): void {
    if (this.done) return;
    this.#end(error);
    try {
      this.#program.return(undefined as R);
    } catch {
      // The caller hears of `error`, the cause; what a finally block then throws would hide it.
    }
  }

  /** One turn of the generator. True when it waits, or is over. */
  #advance(): boolean {
    const failed = this.#awaited.find((operation) => operation.error !== undefined);
    if (failed !== undefined) this.#cancelStarted(failed.error ?? new Error('cancelled'));
    this.#awaited = [];
    const turn = failed === undefined ? this.#program.next() : this.#program.throw(failed.error);
    if (turn.done === true) {
      this.#result = turn.value;
      this.#end(undefined);
      return true;
    }
    this.#awaited = turn.value;
    this.#pending = 0;
    for (const operation of turn.value) {
      if (operation.error !== undefined) return false;
      if (operation.done) continue;
      // Every operation that an exchange makes is one of the engine's.
      if (!(operation instanceof Outstanding)) throw new TypeError('a program yielded what no exchange made');
      operation.waiter = this;
      this.#pending += 1;
    }
    return this.#pending > 0;
  }

  #end(error: Error | undefined): void {
    this.#awaited = [];
    // An error is dear: most programs end with nothing left to cancel.
    if (this.#started.some(({ done }) => !done)) this.#cancelStarted(error ?? new Error('the program is over'));
    else this.#started = [];
    this.complete(error);
  }

  #cancelStarted(error: Error): void {
    const started = this.#started;
    this.#started = [];
    for (const operation of started) {
      if (operation.done) continue;
      operation.waiter = null;
      this.#runner.cancel(operation, error);
    }
  }
}
