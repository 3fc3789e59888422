/** An intercommunicator's two sides, as groups of ranks. */
import { Group } from './group.ts';

/** What an intercommunicator is made of: the same on every rank of a side, mirrored on the other. */
export interface Sides {
  readonly name: string;
  /** A number of communicators that none of the ranks of both sides has otherwise. */
  readonly id: number;
  /** This side's ranks, in order, as the engine numbers ranks, and the other side's. */
  readonly local: readonly number[];
  readonly remote: readonly number[];
  /** True on the side that comes second: the one that was spawned, or that connected. */
  readonly isSecond: boolean;
}

/** The ranks of both sides, first those of the first; `across` of it, where messages count, is the other side. */
export function groupOf({ name, id, local, remote, isSecond }: Sides, own: number): Group & { across: Group } {
  const members = isSecond ? [...remote, ...local] : [...local, ...remote];
  const whole = new Group(name, id, members, members.indexOf(own));
  const across = new Group(name, id, remote, local.indexOf(own));
  across.whole = whole;
  return Object.assign(whole, { across });
}
