/** What a program of a team waits for. */
import { Condition } from './condition.ts';
import type { Group } from './group.ts';

/** A team, as far as its conditions look at it. */
export interface Awaited {
  reached(step: number): boolean;
  arrived(rank: number, step: number): boolean;
  releases(rank: number, step: number): boolean;
  isTurn(ticket: number): boolean;
}

/** Who has to arrive before a call may go on. */
export class Arrival extends Condition {
  readonly operation: string;
  readonly #team: Awaited;
  readonly #step: number;
  /** One rank of the team, or −1 for all. */
  readonly #rank: number;

  constructor(
    team: Awaited,
    group: Group,
    awaited: { readonly step: number; readonly rank: number },
    operation: string,
  ) {
    super(group);
    this.#team = team;
    this.#step = awaited.step;
    this.#rank = awaited.rank;
    this.operation = operation;
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  ready(): boolean {
    return this.#rank < 0 ? this.#team.reached(this.#step) : this.#team.arrived(this.#rank, this.#step);
  }

  needs(world: number): boolean {
    const rank = this.group.rankOf(world);
    if (this.#rank >= 0 && rank !== this.#rank) return false;
    return !this.#team.arrived(rank, this.#step) || this.#team.releases(rank, this.#step);
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
