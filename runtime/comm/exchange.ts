/** What the collectives of one communicator stand on: a message space of their own, numbered call by call. */
import { isTsmpiError } from '../core/errors.ts';
import { collectiveStepsMax } from '../core/limits.ts';
import { Checks } from './checks.ts';
import type { Engine } from './engine.ts';
import type { Closed, Group } from './group.ts';
import type { CollectiveCall as Call, CollectiveHost, OpenCall } from './install.ts';
import { SendOperation } from './operation.ts';
import type { Exchange, Operation } from './program.ts';
import { ProgramRun } from './program-run.ts';
import { ExactReceive } from './receives.ts';
import type { Formed, Levels } from './sharing.ts';
import type { Team } from './team.ts';
import { block, cancelledError, settle, type Started } from './waits.ts';

/** Calls after which their numbers repeat: no two calls so far apart are under way at once. */
const callsMax = 2 ** 31 / collectiveStepsMax;

const cancelledHere: Closed = {
  code: 'ERR_REVOKED',
  what: 'an earlier collective here was cancelled, timed out or threw, and the others cannot complete it',
  remedy: 'put deadlines on a communicator of their own',
};

interface Naming {
  readonly operation: string;
  /** How many calls came before it. */
  readonly number: number;
}

/** A call that goes by messages, in a message space that users do not see. */
abstract class MessagesCall implements Exchange {
  readonly rank: number;
  readonly size: number;
  readonly operation: string;
  readonly isMixed: boolean;
  readonly #engine: Engine;
  readonly #group: Group;
  readonly #context: number;

  constructor(engine: Engine, group: Group, { context, operation }: { context: number; operation: string }) {
    this.#engine = engine;
    this.#group = group;
    this.#context = context;
    this.operation = operation;
    this.isMixed = group.isMixed;
    this.rank = group.rank;
    this.size = group.size;
  }

  get where(): string {
    return this.#group.where(this.operation);
  }

  send(peer: number, step: number, data: Uint8Array): Operation {
    const operation = new SendOperation(this.#group, {
      operation: this.operation,
      call: this,
      context: this.#context,
      destination: this.#group.worldOf(peer),
      tag: this.tagOf(step),
      format: 0,
      data,
      synchronous: false,
      cancellable: false,
    });
    this.#engine.start(operation);
    this.#engine.own(operation);
    return operation;
  }

  receive(peer: number, step: number, into: Uint8Array): Operation {
    const fields = {
      operation: this.operation,
      call: this,
      context: this.#context,
      source: this.#group.worldOf(peer),
      tag: this.tagOf(step),
    };
    const operation = new ExactReceive(this.#group, fields, into);
    // A program that then waits has the engine look first.
    this.#engine.start(operation, false);
    this.#engine.own(operation);
    return operation;
  }

  protected abstract tagOf(step: number): number;
}

/** One call of a collective. */
class CollectiveCall extends MessagesCall implements Call {
  readonly number: number;
  readonly team: Team | undefined;
  readonly levels: Levels | undefined;
  readonly neighbours: readonly number[] | undefined;
  readonly #firstTag: number;

  constructor(engine: Engine, { group, sharing, neighbours }: Formed, { operation, number }: Naming) {
    super(engine, group, { context: group.collectives, operation });
    this.team = sharing.team ?? undefined;
    this.levels = sharing.levels ?? undefined;
    this.neighbours = neighbours;
    this.number = number;
    this.#firstTag = (number % callsMax) * collectiveStepsMax;
  }

  protected tagOf(step: number): number {
    if (!(step >= 0 && step < collectiveStepsMax)) {
      throw new RangeError(`step ${String(step)} of a collective; there are ${String(collectiveStepsMax)}`);
    }
    return this.#firstTag + step;
  }
}

/** A call that only some ranks make, apart from the others by a tag: a request (step 0) and an answer (step 1). */
export class GroupCall extends MessagesCall {
  readonly #tag: number;

  constructor(engine: Engine, group: Group, operation: string, tag: number) {
    super(engine, group, { context: group.forming, operation });
    this.#tag = tag;
  }

  protected tagOf(step: number): number {
    // Below the wildcard's −1.
    return step === 0 ? this.#tag : -2 - this.#tag;
  }
}

/** A call among the ranks that an agreement has found alive: a request (step 0) and an answer (step 1). */
export class SurvivorsCall extends MessagesCall {
  readonly #number: number;

  /** `number`: of the agreement. */
  constructor(engine: Engine, group: Group, operation: string, number: number) {
    super(engine, group, { context: group.agreeing, operation });
    this.#number = number;
  }

  protected tagOf(step: number): number {
    // Below the wildcard's −1, and so below the tags of every agreement.
    return -2 - ((this.#number * 2 + step) % 2 ** 30);
  }
}

/** The collectives' door to a communicator; its blocking twin gives the same one. */
export class Host implements CollectiveHost {
  readonly #engine: Engine;
  readonly #group: Group;
  readonly #formed: Formed;
  readonly #team: Team | null;
  readonly #revokeAfter: (error: unknown) => void;
  #calls = 0;
  /** Awaited calls that go on, and who waits for their end. */
  #pending = 0;
  #settled: (() => void) | null = null;
  /** Names of the call that `exchange` opened last, for the program that follows. */
  #names: { operation: string; where: string };

  constructor(engine: Engine, formed: Formed) {
    const { group, sharing } = formed;
    this.#engine = engine;
    this.#group = group;
    this.#formed = formed;
    this.#team = sharing.team;
    this.#revokeAfter = revokingAfter(engine, group);
    this.#names = { operation: 'collective', where: group.where('collective') };
  }

  get rank(): number {
    return this.#group.rank;
  }
  get size(): number {
    return this.#group.size;
  }
  get name(): string {
    return this.#group.name;
  }

  get free(): Team | null {
    return this.#team !== null && this.#team.idle && this.#group.closed === null ? this.#team : null;
  }

  exchange(operation: string): Call {
    this.#group.checkOpen(operation);
    const number = this.#team === null ? this.#calls : this.#team.number();
    this.#calls += 1;
    this.#names = { operation, where: this.#group.where(operation) };
    return new CollectiveCall(this.#engine, this.#formed, { operation, number });
  }

  runAsync<R>(open: () => OpenCall<R>): Promise<R> {
    const call = settle(this.#engine, () => this.#start(open(), false));
    this.#pending += 1;
    const over = (): void => {
      this.#pending -= 1;
      if (this.#pending === 0) this.#settled?.();
    };
    void call.then(over, over);
    return call;
  }

  async settled(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
    }
  }

  runSync<R>(open: () => OpenCall<R>): R {
    return block(this.#engine, () => this.#start(open(), true));
  }

  #start<R>({ program, options: given }: OpenCall<R>, blocking: boolean): Started<R> {
    const options = new Checks(this.#group, this.#names.operation).waiting(given, blocking);
    const run = new ProgramRun(this.#engine, program, this.#group, this.#names);
    if (options.signal?.aborted === true) run.complete(cancelledError(run, options.signal));
    else this.#engine.run(run);
    return { operation: run, options, result: () => run.result, failed: this.#revokeAfter };
  }
}

/**
 * A call that ended early cannot be completed by the others, and later ones must not take its messages for theirs.
 */
export function revokingAfter(engine: Engine, group: Group): (error: unknown) => void {
  return (error) => {
    // Also by what a callback of the caller's threw, here alone as far as is known.
    if (!isTsmpiError(error) || error.code === 'ERR_CANCELLED' || error.code === 'ERR_TIMEOUT') {
      engine.communicators.revoke(group, cancelledHere);
    }
  };
}
