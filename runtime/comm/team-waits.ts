/** What a program of a team waits for. */
import { Condition } from './condition.ts';
import type { Group } from './group.ts';

/** A team, as far as its conditions look at it. */
export interface Awaited {
  readonly first: number;
  readonly size: number;
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
  protected meeting: Meeting;

  constructor(team: Awaited, group: Group, meeting: Meeting, operation: string) {
    super(group);
    this.#team = team;
    this.meeting = meeting;
    this.operation = operation;
    team.watch();
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  ready(): boolean {
    return this.#team.met(this.meeting.step, this.meeting.whom);
  }

  needs(world: number, gone: 'returned' | 'failed'): boolean {
    const rank = this.group.rankOf(world) - this.#team.first;
    // Ranks of other segments: what one that returned had to say is said; of one that failed nothing more comes.
    if (rank < 0 || rank >= this.#team.size) return gone === 'failed';
    return this.#team.lacks(rank, this.meeting.step, this.meeting.whom);
  }

  override complete(error?: Error): void {
    if (!this.done) this.#team.unwatch();
    super.complete(error);
  }
}

/**
 * A call that goes from step to step, and gives those that it waits at: it is resumed when whom it waits for has been
 * met. It runs none of the user's code.
 */
export type SharedCall<R> = Generator<Meeting, R, void>;

/** The arrivals of such a call, one after another: whoever looks whether it is over moves it. */
export class StepsCall<R> extends Arrival {
  readonly #call: SharedCall<R>;
  readonly #over: () => void;
  #result: R | undefined = undefined;
  #problem: Error | undefined = undefined;

  /** `over` is told when it has ended, well or not. */
  constructor(
    { team, group, meeting, operation }: { team: Awaited; group: Group; meeting: Meeting; operation: string },
    call: SharedCall<R>,
    over: () => void,
  ) {
    super(team, group, meeting, operation);
    this.#call = call;
    this.#over = over;
  }

  /** Only after it is done without an error. */
  get result(): R {
    return this.#result as R;
  }

  override ready(): boolean {
    try {
      while (super.ready()) {
        const turn = this.#call.next();
        if (turn.done === true) {
          this.#result = turn.value;
          return true;
        }
        this.meeting = turn.value;
        this.progress += 1;
      }
    } catch (thrown) {
      this.#problem = thrown as Error;
      return true;
    }
    return false;
  }

  override complete(error?: Error): void {
    if (this.done) return;
    this.#over();
    super.complete(error ?? this.#problem);
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
