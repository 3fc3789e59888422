/** The ranks of a communicator and its contexts: everything about it but the calls. */
import { mixedMin, spacesPerCommunicator as spaces } from '../core/communicator-numbers.ts';
import type { TsmpiError, TsmpiErrorCode } from '../core/errors.ts';
import { callError } from './call-errors.ts';

/** The message spaces of a communicator: what goes through one never meets what goes through another. */
const Space = { users: 0, collectives: 1, forming: 2, agreeing: 3 } as const;

/** True for the message space of a communicator's collectives. */
export function isOfCollectives(context: number): boolean {
  return context % spaces === Space.collectives;
}

/** True for the one that stays when a communicator is revoked: there what is left of it is made into another one. */
export function outlivesRevocation(context: number): boolean {
  return context % spaces === Space.agreeing;
}

/** The number of the communicator that a message space belongs to. */
export function idOf(context: number): number {
  return Math.floor(context / spaces);
}

export function contextsOf(id: number): number[] {
  return Object.values(Space).map((space) => id * spaces + space);
}

/** Why nothing more can be called on a communicator, and what to do about it. */
export interface Closed {
  readonly code: TsmpiErrorCode;
  readonly what: string;
  readonly remedy: string;
}

export class Group {
  readonly name: string;
  /** The same on each of its ranks, and no other's that any of them is in. */
  readonly id: number;
  /** Context of the users' messages. */
  readonly context: number;
  /** Of those of the collectives. */
  readonly collectives: number;
  /** Of those by which some of the ranks make a communicator without the others. */
  readonly forming: number;
  /** Of those by which ranks agree, whatever fails. */
  readonly agreeing: number;
  /** Number in the mesh of each rank. */
  readonly members: readonly number[];
  /** This rank, in this communicator. */
  readonly rank: number;
  /** Null while calls can be made. */
  closed: Closed | null = null;
  /** Of an intercommunicator, which is two groups: in the one of both sides' ranks, that of the other side's. */
  across: Group | null = null;
  /** In the one of the other side's ranks, where messages count: that of both sides'. */
  whole: Group | null = null;
  /** Number of rank 0, where the others' follow it; else there is a table. */
  readonly #first: number;
  readonly #rankOf: Map<number, number> | null;

  constructor(name: string, id: number, members: readonly number[], rank: number) {
    this.name = name;
    this.id = id;
    this.context = id * spaces + Space.users;
    this.collectives = id * spaces + Space.collectives;
    this.forming = id * spaces + Space.forming;
    this.agreeing = id * spaces + Space.agreeing;
    this.members = members;
    this.rank = rank;
    this.#first = members[0] ?? 0;
    const follow = members.every((member, index) => member === this.#first + index);
    this.#rankOf = follow ? null : new Map(members.map((member, index) => [member, index]));
  }

  /** True for those that are there from the start. */
  get isPermanent(): boolean {
    return this.id < 2;
  }

  /** True where its ranks are of several worlds, or were when it was made: they meet by messages alone. */
  get isMixed(): boolean {
    return this.id >= mixedMin;
  }

  get size(): number {
    return this.members.length;
  }

  /** Number in the mesh of `rank`, which is one of this communicator's. */
  worldOf(rank: number): number {
    return this.members[rank] ?? rank;
  }

  /** Rank in this communicator of the rank with that number, which belongs to it. */
  rankOf(world: number): number {
    return this.#rankOf === null ? world - this.#first : (this.#rankOf.get(world) ?? -1);
  }

  has(world: number): boolean {
    if (this.#rankOf !== null) return this.#rankOf.has(world);
    return world >= this.#first && world < this.#first + this.members.length;
  }

  /** This rank, as its user knows it: on its own side of an intercommunicator. */
  get ownRank(): number {
    return (this.across ?? this).rank;
  }

  /** The number of a world rank that belongs to it, as its user knows it. */
  numberOf(world: number): number {
    const { across } = this;
    if (across === null) return this.rankOf(world);
    return across.has(world) ? across.rankOf(world) : this.rankOf(world) - this.rank + across.rank;
  }

  /** How error messages call a world rank that belongs to it. */
  nameOf(world: number): string {
    const name = `rank ${String(this.numberOf(world))}`;
    if (this.whole !== null) return `${name} of the other side`;
    if (this.across === null) return name;
    return `${name} of ${this.across.has(world) ? 'the other' : 'this'} side`;
  }

  /** The front of error messages: `rank 3 recv(source 1, tag 7) on world`. */
  where(call: string): string {
    return `rank ${String(this.ownRank)} ${call} on ${this.name}`;
  }

  /** Throws where no call of `operation` can be made any more. */
  checkOpen(operation: string): void {
    const { closed } = this;
    if (closed !== null) throw this.refusal(closed.code, operation, closed.what, closed.remedy);
  }

  /** An error of a call that has not started anything: bad arguments. */
  refusal(code: TsmpiErrorCode, operation: string, what: string, remedy: string): TsmpiError {
    return callError(code, what, { remedy, where: this.where(operation), rank: this.ownRank, operation });
  }
}
