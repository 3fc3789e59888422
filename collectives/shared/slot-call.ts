/** A call of a collective that takes one step, with all its data in slots: blocking at once, or as a program. */
import type { Program } from '../../runtime/comm/program.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { mismatch } from './signature.ts';

export interface SlotCall<R> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
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
  team.meet(step);
  return finish(team, call, step);
}

/** The same, as a program. */
export function* runLater<R>(team: Team, call: SlotCall<R>): Program<R> {
  yield* team.untilFree();
  const step = start(team, call);
  yield* team.until(step);
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
  const odd = team.oddAt(step);
  if (odd >= 0) throw mismatch(team, step, odd);
  return call.take(team, step);
}
