/** What a program of a team waits for. */
import { Condition } from './condition.ts';
import type { Group } from './group.ts';

/** A team, as far as its conditions look at it. */
export interface Awaited {
  met(step: number, whom: number): boolean;
  lacks(rank: number, step: number, whom: number): boolean;
  watch(): void;
  unwatch(): void;
  isTurn(ticket: number): boolean;
}

/** At which step a call waits, and for whom (`Whom` of `steps.ts`, or a rank). */
export interface Meeting {
  readonly step: number;
  readonly whom: number;
}

/** Whoever a call waits for has to arrive at a step before it may go on. */
export class Arrival extends Condition {
  readonly operation: string;
  readonly #team: Awaited;
  readonly #meeting: Meeting;

  constructor(team: Awaited, group: Group, meeting: Meeting, operation: string) {
    super(group);
    this.#team = team;
    this.#meeting = meeting;
    this.operation = operation;
    team.watch();
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  ready(): boolean {
    return this.#team.met(this.#meeting.step, this.#meeting.whom);
  }

  needs(world: number): boolean {
    return this.#team.lacks(this.group.rankOf(world), this.#meeting.step, this.#meeting.whom);
  }

  override complete(error?: Error): void {
    if (!this.done) this.#team.unwatch();
    super.complete(error);
  }
}

/** A call that has taken its only step. */
export interface SharedCall<R> {
  readonly operation: string;
  /** Reads what is there once whom it waits for has been met. */
  finish(): R;
  /** It is over, well or not. */
  over(): void;
}

/** An arrival that ends a call: its result is there with it. */
export class StepCall<R> extends Arrival {
  readonly #call: SharedCall<R>;
  #result: R | undefined = undefined;

  constructor(team: Awaited, group: Group, meeting: Meeting, call: SharedCall<R>) {
    super(team, group, meeting, call.operation);
    this.#call = call;
  }

  /** Only after it is done without an error. */
  get result(): R {
    return this.#result as R;
  }

  override complete(error?: Error): void {
    if (this.done) return;
    let problem = error;
    try {
      if (problem === undefined) this.#result = this.#call.finish();
    } catch (thrown) {
      problem = thrown as Error;
    }
    this.#call.over();
    super.complete(problem);
  }
}

/** A call's turn: calls of one communicator take their steps one call after another, in the order of their start. */
export class Turn extends Condition {
  readonly operation: string;
  readonly #team: Awaited;
  readonly #ticket: number;

  constructor(team: Awaited, group: Group, ticket: number, operation: string) {
    super(group);
    this.#team = team;
    this.#ticket = ticket;
    this.operation = operation;
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  ready(): boolean {
    return this.#team.isTurn(this.#ticket);
  }

  needs(): boolean {
    return false;
  }
}
