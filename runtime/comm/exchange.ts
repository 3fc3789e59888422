/** What the collectives of one communicator stand on: a message space of their own, numbered call by call. */
import { isTsmpiError } from '../core/errors.ts';
import { collectiveStepsMax } from '../core/limits.ts';
import { Checks } from './checks.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import type { CollectiveCall as Call, CollectiveHost, OpenCall } from './install.ts';
import { SendOperation } from './operation.ts';
import type { Operation } from './program.ts';
import { ProgramRun } from './program-run.ts';
import { ExactReceive } from './receives.ts';
import { type Levels, levelsOf } from './levels.ts';
import { Team } from './team.ts';
import { block, cancelledError, settle, type Started } from './waits.ts';

/** Calls after which their numbers repeat: no two calls so far apart are under way at once. */
const callsMax = 2 ** 31 / collectiveStepsMax;

/** What the ranks of a communicator share: all of them one segment, or several. */
interface Shared {
  readonly team: Team | null;
  readonly levels: Levels | null;
}

interface Naming {
  readonly operation: string;
  /** How many calls came before it. */
  readonly number: number;
}

/** One call of a collective. */
class CollectiveCall implements Call {
  readonly rank: number;
  readonly size: number;
  readonly operation: string;
  readonly number: number;
  readonly team: Team | undefined;
  readonly levels: Levels | undefined;
  readonly #engine: Engine;
  readonly #group: Group;
  readonly #firstTag: number;

  constructor(engine: Engine, group: Group, shared: Shared, { operation, number }: Naming) {
    this.#engine = engine;
    this.#group = group;
    this.team = shared.team ?? undefined;
    this.levels = shared.levels ?? undefined;
    this.operation = operation;
    this.number = number;
    this.#firstTag = (number % callsMax) * collectiveStepsMax;
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
      context: this.#group.context + 1,
      destination: this.#group.worldOf(peer),
      tag: this.#tag(step),
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
      context: this.#group.context + 1,
      source: this.#group.worldOf(peer),
      tag: this.#tag(step),
    };
    const operation = new ExactReceive(this.#group, fields, into);
    // A program that then waits has the engine look first.
    this.#engine.start(operation, false);
    this.#engine.own(operation);
    return operation;
  }

  #tag(step: number): number {
    if (!(step >= 0 && step < collectiveStepsMax)) {
      throw new RangeError(`step ${String(step)} of a collective; there are ${String(collectiveStepsMax)}`);
    }
    return this.#firstTag + step;
  }
}

/** The collectives' door to a communicator; its blocking twin gives the same one. */
export class Host implements CollectiveHost {
  readonly #engine: Engine;
  readonly #group: Group;
  readonly #team: Team | null;
  readonly #levels: Levels | null;
  #calls = 0;
  /** Names of the call that `exchange` opened last, for the program that follows. */
  #names: { operation: string; where: string };
  #revoked = false;

  constructor(engine: Engine, group: Group) {
    this.#engine = engine;
    this.#group = group;
    this.#team = teamOf(engine, group);
    this.#levels = levelsOf(engine, group);
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
    return this.#team !== null && this.#team.idle && !this.#revoked ? this.#team : null;
  }

  exchange(operation: string): Call {
    if (this.#revoked) {
      const what = 'an earlier collective here was cancelled or timed out, and its messages may still be about';
      throw this.#group.refusal('ERR_REVOKED', operation, what, 'put deadlines on a communicator of their own');
    }
    const number = this.#team === null ? this.#calls : this.#team.number();
    this.#calls += 1;
    this.#names = { operation, where: this.#group.where(operation) };
    const shared = { team: this.#team, levels: this.#levels };
    return new CollectiveCall(this.#engine, this.#group, shared, { operation, number });
  }

  runAsync<R>(open: () => OpenCall<R>): Promise<R> {
    return settle(this.#engine, () => this.#start(open(), false));
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

  /**
   * A call that ended early cannot be completed by the others, and later ones must not take its messages for theirs.
   */
  readonly #revokeAfter = (error: unknown): void => {
    if (isTsmpiError(error) && (error.code === 'ERR_CANCELLED' || error.code === 'ERR_TIMEOUT')) {
      this.#revoked = true;
      this.#team?.break();
      this.#levels?.team?.break();
    }
  };
}

/** The team of a communicator whose ranks all share this one's segment; null where it is another one, or alone. */
function teamOf(engine: Engine, group: Group): Team | null {
  const shared = group.context === 0 && group.size > 1 && engine.host.ranks === group.size;
  return shared ? new Team(engine, group, engine.host.areaOffset) : null;
}
