/** The calls that make communicators: their arguments, and their programs started. */
import type { CallOptions } from '../core/api.ts';
import { isTsmpiError } from '../core/errors.ts';
import { agree } from './agreement.ts';
import { Checks, type Unchecked } from './checks.ts';
import { counted, show } from './show.ts';
import { checkedName, connected } from './connecting.ts';
import type { Engine } from './engine.ts';
import { GroupCall, revokingAfter } from './exchange.ts';
import { duplicated, grouped, split, survivors } from './forming.ts';
import { checkedDims, checkedPeriodic } from './grid-checks.ts';
import type { Group } from './group.ts';
import { type CollectiveCall, type CollectiveHost, everyonesNumbers, inTurn } from './install.ts';
import { LastingCalls } from './lasting.ts';
import type { Operation, Program } from './program.ts';
import { ProgramRun } from './program-run.ts';
import { PromiseCondition } from './promise-condition.ts';
import { type Formed, segmentOf } from './sharing.ts';
import type { Sides } from './sides.ts';
import { checkedSpawn, spawned } from './spawning.ts';
import { Grid } from './topology.ts';
import { cancelledError, settle, type Started } from './waits.ts';
import type { WindowGround } from './window.ts';
import { conceal, exposed, partPlan } from './windowing.ts';

const disposed = {
  code: 'ERR_ARGUMENT',
  what: 'the communicator was disposed',
  remedy: 'call before its end, or make another one',
} as const;

const unwantedHere = {
  code: 'ERR_REVOKED',
  what: 'a rank stopped waiting for the shrink that made it, and has no part in it',
  remedy: 'shrink once more, without a deadline',
} as const;

export class Forming {
  readonly #lasting: LastingCalls;
  readonly #engine: Engine;
  readonly #group: Group;
  readonly #host: CollectiveHost;
  #isDisposed = false;
  #agreements = 0;
  #windows = 0;
  #openWindows = 0;

  constructor(engine: Engine, group: Group, host: CollectiveHost) {
    this.#engine = engine;
    this.#group = group;
    this.#host = host;
    this.#lasting = new LastingCalls(engine, group);
  }

  split(color: unknown, options: unknown): Promise<Formed | null> {
    return this.#collective('split', options, (call, given) => {
      const { key = 0 } = given;
      if (color !== null && !Number.isSafeInteger(color)) {
        throw this.#refusal('split', `color is ${show(color)}`, 'pass an integer, or null to take no part');
      }
      if (!Number.isFinite(key)) throw this.#refusal('split', `key is ${show(key)}`, 'pass a number');
      const name = `${this.#group.name}.split(${String(color)})`;
      return split(this.#engine, this.#group, { name, color: color as number | null, key: key as number }, call);
    });
  }

  splitShared(options: unknown): Promise<Formed> {
    const { segmentStarts, rank } = this.#engine.context;
    // By the first rank of each, for ranks of other worlds have other lists.
    const color = segmentStarts[segmentOf(segmentStarts, rank)] ?? 0;
    const asked = { name: `${this.#group.name}.splitShared`, color, key: 0 };
    return this.#collective('splitShared', options, (call) => split(this.#engine, this.#group, asked, call)).then(some);
  }

  dup(options: unknown): Promise<Formed> {
    return this.#collective('dup', options, (call) => duplicated(this.#engine, this.#group, call));
  }

  async cartesian(dims: unknown, options: unknown): Promise<{ grid: Grid; formed: Formed | null }> {
    const operation = 'cartesian';
    // A list that the caller may change meanwhile is copied here.
    let grid: Grid | undefined;
    const formed = await this.#collective(operation, options, (call, given) => {
      const lengths = checkedDims(this.#group, dims);
      grid = new Grid(lengths, checkedPeriodic(this.#group, given['periodic'], lengths.length));
      const { name, rank } = this.#group;
      const color = rank < grid.size ? 0 : null;
      return split(
        this.#engine,
        this.#group,
        { name: `${name}.cartesian(${lengths.join(' × ')})`, color, key: 0 },
        call,
      );
    });
    return { grid: some(grid), formed };
  }

  async spawn(script: unknown, options: unknown): Promise<Sides> {
    return this.#collective('spawn', options, (call, given) => {
      return spawned(this.#engine, this.#group, checkedSpawn(this.#engine, this.#group, script, given), call);
    });
  }

  async connect(job: unknown, options: unknown): Promise<Sides> {
    return this.#collective('connect', options, (call) => {
      return connected(this.#engine, this.#group, checkedName(this.#engine, this.#group, job), call);
    });
  }

  /** Only `ranks` call: by messages of their own, in no order with collectives. */
  group(ranks: unknown, options: unknown): Promise<Formed> {
    const operation = 'createGroup';
    return settle(this.#engine, () => {
      const checks = new Checks(this.#group, operation);
      const given = checks.options(options, 'createGroup([0, 2, 4])', false);
      const tag = checks.tag('tag', given['tag']);
      const list = this.#ranks(operation, ranks);
      const waiting = checks.waiting(given, false);
      const call = new GroupCall(this.#engine, this.#group, operation, tag);
      const name = `${this.#group.name}.group(${list.join(', ')})`;
      const program = grouped(this.#engine, this.#group, { name, ranks: list }, call);
      return this.#run(program, operation, waiting);
    });
  }

  shrink(options: unknown): Promise<Formed> {
    const unwanted = ({ group, sharing }: Formed): void => {
      this.#engine.communicators.revoke(group, unwantedHere);
      (sharing.team ?? sharing.levels?.team)?.leave();
    };
    return this.#alive(
      'shrink',
      options,
      () => survivors(this.#engine, this.#group, () => this.#agreement()),
      unwanted,
    );
  }

  agree(flags: unknown, options: unknown): Promise<number> {
    const operation = 'agree';
    return this.#alive(operation, options, () => {
      if (typeof flags !== 'number' || (flags | 0) !== flags) {
        throw this.#refusal(operation, `flags are ${show(flags)}`, 'pass an integer of 32 bits');
      }
      return agreedFlags(this.#engine, this.#group, () => this.#agreement(), flags);
    });
  }

  async dispose({ group, sharing }: Formed): Promise<void> {
    if (this.#isDisposed) return;
    if (group.isPermanent) {
      throw group.refusal('ERR_ARGUMENT', 'dispose', `${group.name} lives as long as the job`, 'dup it');
    }
    if (this.#openWindows > 0) {
      const what = `${String(this.#openWindows)} of its windows are not disposed of`;
      throw group.refusal('ERR_ARGUMENT', 'dispose', what, 'dispose of them first');
    }
    this.#isDisposed = true;
    await this.#unlessEnded(async () => {
      // Behind every call that any rank has made.
      await this.#collective('dispose', undefined, (call) => meet(call));
      // Calls of this rank that go by messages may still wait for some.
      await this.#host.settled();
    });
    group.closed ??= disposed;
    this.#engine.communicators.leave(group);
    (sharing.team ?? sharing.levels?.team)?.leave();
  }

  async window(type: unknown, length: unknown, options: unknown): Promise<WindowGround> {
    const [engine, group] = [this.#engine, this.#group];
    const part = await this.#collective('window', options, (call) => {
      this.#windows += 1;
      return exposed(engine, group, partPlan(group, this.#windows, type, length), call);
    });
    const { plan, lengths, local } = part;
    this.#openWindows += 1;
    return {
      ...{ engine, lengths, local, part: { group, number: plan.number, format: plan.format } },
      meet: (operation, given, first) =>
        this.#collective(operation, given, (call) => meet(call, new PromiseCondition(engine, group, operation, first))),
      close: async (first) => {
        const haveAllCome = await this.#unlessEnded(() =>
          this.#collective('dispose', undefined, (call) =>
            meet(call, new PromiseCondition(engine, group, 'dispose', first)),
          ),
        );
        this.#openWindows -= 1;
        conceal(engine, part, haveAllCome);
      },
    };
  }

  /** False with ranks that are gone, or on a revoked communicator: there is nobody to wait for. */
  async #unlessEnded(wait: () => Promise<void>): Promise<boolean> {
    try {
      await wait();
      return true;
    } catch (error) {
      const codes = ['ERR_REVOKED', 'ERR_RANK_FAILED', 'ERR_ABORTED'];
      if (!isTsmpiError(error) || !codes.includes(error.code)) throw error;
      return false;
    }
  }

  /** A call of the ranks that are alive, which a revoked communicator takes too. */
  #alive<R>(
    operation: string,
    options: unknown,
    make: () => Program<R>,
    unwanted: (result: R) => void = () => undefined,
  ): Promise<R> {
    return settle(this.#engine, () => {
      const checks = new Checks(this.#group, operation, true);
      const waiting = checks.waiting(checks.options(options, `${operation}({ timeoutMs: 1000 })`, false), false);
      const call = this.#lasting.begin(operation, make(), { unwanted, signal: waiting.signal });
      return { operation: call, options: waiting, result: () => call.run.result };
    });
  }

  #agreement(): number {
    this.#agreements += 1;
    return this.#agreements - 1;
  }

  /** A call that some ranks make; one that ends early cannot be completed by the others. */
  #run<R>(program: Program<R>, operation: string, options: CallOptions): Started<R> {
    const run = new ProgramRun(this.#engine, program, this.#group, { operation, where: this.#group.where(operation) });
    if (options.signal?.aborted === true) run.complete(cancelledError(run, options.signal));
    else this.#engine.run(run);
    return { operation: run, options, result: () => run.result, failed: revokingAfter(this.#engine, this.#group) };
  }

  /** Opens a collective call, whose arguments `make` checks before it gives the program. */
  #collective<R>(
    operation: string,
    options: unknown,
    make: (call: CollectiveCall, given: Unchecked) => Program<R>,
  ): Promise<R> {
    return this.#host.runAsync(() => {
      const call = this.#host.exchange(operation);
      const given = new Checks(this.#group, operation).options(options, `${operation}(…, { timeoutMs: 1000 })`, false);
      return { program: inTurn(call, make(call, given)), options: given };
    });
  }

  #ranks(operation: string, ranks: unknown): readonly number[] {
    const { rank, size } = this.#group;
    const list: readonly unknown[] = Array.isArray(ranks) ? ranks : [];
    if (list.length === 0) {
      throw this.#refusal(operation, `ranks is ${show(ranks)}`, 'pass the ranks of the new communicator, [0, 2, 4]');
    }
    const bad = list.findIndex((each) => !Number.isInteger(each) || (each as number) < 0 || (each as number) >= size);
    if (bad >= 0) {
      const what = `ranks[${String(bad)}] is ${show(list[bad])}, the communicator has ${counted(size, 'rank')}`;
      throw this.#group.refusal('ERR_RANK', operation, what, `pass ranks from 0 to ${String(size - 1)}`);
    }
    const checked = list as readonly number[];
    if (new Set(checked).size < checked.length) {
      throw this.#refusal(operation, `ranks are ${checked.join(', ')}`, 'name each rank once');
    }
    if (checked.includes(rank)) return [...checked];
    const what = `this rank is not among the ranks ${checked.join(', ')}`;
    throw this.#refusal(operation, what, 'call it on those ranks only');
  }

  #refusal(operation: string, what: string, remedy: string): Error {
    return this.#group.refusal('ERR_ARGUMENT', operation, what, remedy);
  }
}

function* agreedFlags(engine: Engine, group: Group, next: () => number, flags: number): Program<number> {
  const subject = { operation: 'agree', number: next(), words: Int32Array.of(flags) };
  const [agreed = flags] = yield* agree(engine, group, subject);
  return agreed;
}

/** `first`: what has to be over before this rank meets the others; the call has its place among theirs already. */
function* meet(call: CollectiveCall, first?: Operation): Program<void> {
  if (first !== undefined) yield [first];
  yield* everyonesNumbers(call, Float64Array.of(0));
}

function some<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('a rank with a colour is in no communicator');
  return value;
}
