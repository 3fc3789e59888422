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

/** Everybody has to arrive at a step before a call may go on. */
export class Arrival extends Condition {
  readonly operation: string;
  readonly #team: Awaited;
  readonly #step: number;

  constructor(team: Awaited, group: Group, step: number, operation: string) {
    super(group);
    this.#team = team;
    this.#step = step;
    this.operation = operation;
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  ready(): boolean {
    return this.#team.reached(this.#step);
  }

  needs(world: number): boolean {
    const rank = this.group.rankOf(world);
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
