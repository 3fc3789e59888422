/** The ranks of a communicator and its contexts: everything about it but the calls. */
import type { TsmpiError, TsmpiErrorCode } from '../core/errors.ts';
import { callError } from './call-errors.ts';

export class Group {
  readonly name: string;
  /** Context of the users' messages; that of the collectives is the next one. */
  readonly context: number;
  /** World rank of each rank. */
  readonly members: readonly number[];
  /** This rank, in this communicator. */
  readonly rank: number;
  readonly #rankOf: Map<number, number> | null;

  /** `id` is this communicator's number, the same on each of its ranks and used by no other one they are in. */
  constructor(name: string, id: number, members: readonly number[], rank: number) {
    this.name = name;
    this.context = id * 2;
    this.members = members;
    this.rank = rank;
    const identity = members.every((member, index) => member === index);
    this.#rankOf = identity ? null : new Map(members.map((member, index) => [member, index]));
  }

  get size(): number {
    return this.members.length;
  }

  /** World rank of `rank`, which is one of this communicator's. */
  worldOf(rank: number): number {
    return this.members[rank] ?? rank;
  }

  /** Rank in this communicator of a world rank that belongs to it. */
  rankOf(world: number): number {
    return this.#rankOf === null ? world : (this.#rankOf.get(world) ?? -1);
  }

  has(world: number): boolean {
    return this.#rankOf === null ? world < this.members.length : this.#rankOf.has(world);
  }

  /** The front of error messages: `rank 3 recv(source 1, tag 7) on world`. */
  where(call: string): string {
    return `rank ${String(this.rank)} ${call} on ${this.name}`;
  }

  /** An error of a call that has not started anything: bad arguments. */
  refusal(code: TsmpiErrorCode, operation: string, what: string, remedy: string): TsmpiError {
    return callError(code, what, { remedy, where: this.where(operation), rank: this.rank, operation });
  }
}
