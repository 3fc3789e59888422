/** A call of a collective that takes one step, with all its data in slots: blocking at once, or as a program. */
import type { Program } from '../../runtime/comm/program.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { mismatch } from './signature.ts';

/** Whom a rank waits for. */
export const Waits = { nobody: 0, all: 1, root: 2 } as const;
export type Waits = (typeof Waits)[keyof typeof Waits];

export interface SlotCall<R> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly waits: Waits;
  readonly root: number;
  /** Writes what the others shall read into the payload of this rank's slot of `step`. */
  put(team: Team, step: number): void;
  /** Where ranks are counted: what the last one does for all. */
  combine(team: Team, step: number): void;
  /** Reads the others' slots. */
  take(team: Team, step: number): R;
}

/** Makes the call, and blocks until it is over. */
export function runNow<R>(team: Team, call: SlotCall<R>): R {
  team.meetFree();
  const step = start(team, call);
  if (call.waits === Waits.all) team.meet(step);
  else if (call.waits === Waits.root) team.meetRank(call.root, step);
  return finish(team, call, step);
}

/** The same, as a program. */
export function* runLater<R>(team: Team, call: SlotCall<R>): Program<R> {
  yield* team.untilFree();
  const step = start(team, call);
  if (call.waits !== Waits.nobody) yield* team.until(step, call.waits === Waits.root ? call.root : -1);
  return finish(team, call, step);
}

function start<R>(team: Team, call: SlotCall<R>): number {
  const step = team.open(call.kind, call.length, call.place);
  call.put(team, step);
  if (team.arrive(step)) {
    const odd = team.oddOne(step);
    if (odd < 0) call.combine(team, step);
    team.release(step, odd);
  }
  return step;
}

function finish<R>(team: Team, call: SlotCall<R>, step: number): R {
  if (call.waits === Waits.all) {
    const odd = team.oddAt(step);
    if (odd >= 0) throw mismatch(team, step, odd);
  } else if (call.waits === Waits.root && !team.agrees(call.root, step)) {
    throw mismatch(team, step, call.root);
  }
  return call.take(team, step);
}
