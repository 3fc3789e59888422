/**
 * The end of a rank, as the end of a process: exit listeners, exit codes, uncaught errors, an unsettled top-level
 * await. Node does the most part in a worker as in a process; this watches the two doors through which every end
 * passes, `process.emit` and `process.reallyExit`, and records how it ended in shared memory.
 */
import { isAbort, reportOf } from './error-report.ts';
import { EndReason, type ErrorReport } from './rank-task.ts';

/** How a rank ended. */
export interface RankEnd {
  /** As the shell would see it: 0 to 255. */
  readonly exitCode: number;
  readonly reason: EndReason;
  readonly error?: ErrorReport;
}

/** Node's code for a top-level await that never settles. */
const unsettledExitCode = 13;
/** Node's code for an uncaughtException listener that itself throws. */
const handlerThrewExitCode = 7;

/** What node has and does not document: the step of `process.exit` after the listeners. Many tools hook it. */
interface ProcessEnds {
  reallyExit(code?: number): never;
  _exiting?: boolean;
}

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

export class RankLife {
  readonly #finish: (end: RankEnd) => void;
  readonly #emit: Emit;
  readonly #exit: (code?: number) => never;
  readonly #script: string;
  #moduleSettled = false;
  #exitCalled = false;
  #finished = false;
  #reason: EndReason = EndReason.exit;
  #error: ErrorReport | undefined;

  /** `finish` is called once, as the rank's last act; what it writes must be synchronous. */
  static install(script: string, finish: (end: RankEnd) => void): RankLife {
    return new RankLife(script, finish);
  }

  private constructor(script: string, finish: (end: RankEnd) => void) {
    this.#script = script;
    this.#finish = finish;
    this.#emit = process.emit.bind(process) as Emit;
    const exit = process.exit.bind(process);
    const ends = process as unknown as ProcessEnds;
    const reallyExit = ends.reallyExit.bind(process);
    this.#exit = (...args) => {
      this.#exitCalled = true;
      return exit(...args);
    };
    process.exit = this.#exit;
    process.emit = ((event, ...args) => this.#onEmit(event, args)) as Emit as typeof process.emit;
    ends.reallyExit = (code) => {
      this.#end(code);
      return reallyExit(code);
    };
  }

  /** The rank's module has been evaluated to its end: an empty event loop now means that the rank has returned. */
  moduleSettled(): void {
    this.#moduleSettled = true;
  }

  #onEmit(event: string | symbol, args: unknown[]): boolean {
    if (event === 'uncaughtException') return this.#onUncaught(args);
    // Only node itself sets `_exiting`; an 'exit' that user code emits is not the end.
    const ends = event === 'exit' && !this.#exitCalled && (process as unknown as ProcessEnds)._exiting === true;
    return ends ? this.#onLoopEmpty() : this.#emit(event, ...args);
  }

  /** Listeners of the user's win, as in a process; without one the error ends the rank. */
  #onUncaught(args: unknown[]): boolean {
    try {
      if (this.#emit('uncaughtException', ...args)) return true;
    } catch (thrown) {
      return this.#die(thrown, handlerThrewExitCode);
    }
    return this.#die(args[0], 1);
  }

  #die(error: unknown, exitCode: number): never {
    if (this.#error === undefined) {
      this.#error = reportOf(error);
      this.#reason = isAbort(error) ? EndReason.aborted : EndReason.throw;
    }
    // A code that says success would hide the error; any other that the user chose stays.
    if (shellCode(process.exitCode) === 0) process.exitCode = exitCode;
    return this.#exit();
  }

  /** The event loop is empty: node has emitted 'beforeExit' and found nothing new to do. */
  #onLoopEmpty(): boolean {
    if (!this.#moduleSettled && process.exitCode === undefined) {
      process.exitCode = unsettledExitCode;
      process.stderr.write(`Warning: Detected unsettled top-level await in ${this.#script}\n`);
    }
    try {
      return this.#emit('exit', process.exitCode ?? 0);
    } catch (thrown) {
      return this.#onUncaught([thrown, 'uncaughtException']);
    } finally {
      this.#end(process.exitCode);
    }
  }

  #end(exitCode: number | string | null | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    const end = { exitCode: shellCode(exitCode), reason: this.#reason };
    this.#finish(this.#error === undefined ? end : { ...end, error: this.#error });
  }
}

/** What a shell sees of an exit code: its lowest eight bits. */
function shellCode(code: number | string | null | undefined): number {
  return Number(code ?? 0) & 255;
}
