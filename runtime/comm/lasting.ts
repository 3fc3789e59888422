/**
 * Calls of the ranks that are alive (`agree`, `shrink`): one after another, in the order in which they were called on
 * the communicator, and each to its end. Others count on this rank's part in it, so whoever is cancelled or runs out of
 * time stops waiting, and no more.
 */
import { Condition } from './condition.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import type { Program } from './program.ts';
import { ProgramRun } from './program-run.ts';
import { cancelledError } from './waits.ts';

interface Waiting<R> {
  /** What becomes of a result that nobody waits for any more. */
  readonly unwanted: (result: R) => void;
  readonly signal: AbortSignal | undefined;
}

export class LastingCalls {
  readonly #engine: Engine;
  readonly #group: Group;
  /** Those that are not done, in order: the first one runs. */
  readonly #queue: LastingCall<unknown>[] = [];

  constructor(engine: Engine, group: Group) {
    this.#engine = engine;
    this.#group = group;
  }

  /** Starts a call, also one whose signal has aborted. */
  begin<R>(operation: string, program: Program<R>, { unwanted, signal }: Waiting<R>): LastingCall<R> {
    const run = new ProgramRun(this.#engine, program, this.#group, { operation, where: this.#group.where(operation) });
    const call = new LastingCall(run, unwanted);
    run.waiter = {
      operationDone: () => {
        this.#queue.shift();
        call.over();
        const [next] = this.#queue;
        if (next !== undefined) this.#engine.resume(next.run);
      },
    };
    if (signal?.aborted === true) call.complete(cancelledError(call, signal));
    this.#queue.push(call as LastingCall<unknown>);
    if (this.#queue.length === 1) this.#engine.run(run);
    return call;
  }
}

/** Who waits for such a call. */
export class LastingCall<R> extends Condition {
  readonly run: ProgramRun<R>;
  readonly #unwanted: (result: R) => void;

  constructor(run: ProgramRun<R>, unwanted: (result: R) => void) {
    super(run.group);
    this.run = run;
    this.#unwanted = unwanted;
  }

  get operation(): string {
    return this.run.operation;
  }

  get where(): string {
    return this.run.where;
  }

  override get outlivesRevocation(): boolean {
    return true;
  }

  ready(): boolean {
    return this.run.done;
  }

  needs(): boolean {
    return false;
  }

  /** The call itself has ended. */
  over(): void {
    const { error } = this.run;
    if (!this.done) this.complete(error);
    else if (error === undefined) this.#unwanted(this.run.result);
  }
}
