/** A call of a collective that takes one step, with all its data in slots: blocking, awaited, or in a program. */
import type { Program } from '../../runtime/comm/program.ts';
import type { SharedCall, Team } from '../../runtime/comm/team.ts';
import { checkAgreement } from './signature.ts';

export interface SlotCall<R> {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  /** Whom this rank waits for: a rank, or one of `Whom`. */
  readonly whom: number;
  /** True when others wait for this rank alone. */
  readonly isAwaited: boolean;
  /** Writes what the others shall read into the payload of this rank's slot of `step`. */
  put(team: Team, step: number): void;
  /** Where ranks are counted: what the last one does for all. */
  combine(team: Team, step: number): void;
  /** Reads the others' slots. It runs none of the user's code. */
  take(team: Team, step: number): R;
}

/** Makes the call, and blocks until it is over. */
export function runNow<R>(team: Team, call: SlotCall<R>): R {
  const step = team.begin(call.kind, call.length, call.place);
  start(team, call, step);
  team.meet(step, call.whom);
  return finish(team, call, step);
}

/** The same from step to step; the first one must be free. */
export function* slotSteps<R>(team: Team, call: SlotCall<R>): SharedCall<R> {
  const step = team.open(call.kind, call.length, call.place);
  start(team, call, step);
  yield { step, whom: call.whom };
  return finish(team, call, step);
}

/** The same, as a program. */
export function* runLater<R>(team: Team, call: SlotCall<R>): Program<R> {
  yield* team.untilFree();
  const step = team.open(call.kind, call.length, call.place);
  start(team, call, step);
  yield* team.until(step, call.whom);
  return finish(team, call, step);
}

function start<R>(team: Team, call: SlotCall<R>, step: number): void {
  call.put(team, step);
  if (!team.arrive(step, call.isAwaited)) return;
  const odd = team.oddOne(step);
  if (odd < 0) call.combine(team, step);
  team.release(step, odd);
}

function finish<R>(team: Team, call: SlotCall<R>, step: number): R {
  checkAgreement(team, step, call.whom);
  return call.take(team, step);
}
