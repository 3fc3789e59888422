/** How a call of a collective runs in shared memory: in one step with slots, or a tile at a time. */
import type { Program } from '../../runtime/comm/program.ts';
import type { SharedCall, Team } from '../../runtime/comm/team.ts';
import { runLater, runNow, type SlotCall, slotSteps } from './slot-call.ts';
import { follow, followNow, type Meeting, type Tiles, tileSteps } from './tiles.ts';

export class TileCall<R> {
  readonly meeting: Meeting;
  readonly tiles: Tiles;
  readonly result: () => R;

  constructor([meeting, tiles]: readonly [Meeting, Tiles], result: () => R) {
    this.meeting = meeting;
    this.tiles = tiles;
    this.result = result;
  }
}

export type Form<R> = SlotCall<R> | TileCall<R>;

/** Makes the call, and blocks until it is over. */
function callNow<R>(team: Team, form: Form<R>): R {
  if (!(form instanceof TileCall)) return runNow(team, form);
  followNow(form.meeting, form.tiles);
  return form.result();
}

/** The same, as a program. */
export function* callLater<R>(team: Team, form: Form<R>): Program<R> {
  if (!(form instanceof TileCall)) return yield* runLater(team, form);
  yield* follow(form.meeting, form.tiles);
  return form.result();
}

/** The same from step to step. */
function* callSteps<R>(team: Team, form: Form<R>): SharedCall<R> {
  if (!(form instanceof TileCall)) return yield* slotSteps(team, form);
  yield* tileSteps(form.meeting, form.tiles);
  return form.result();
}

/** The direct way of a call: blocking, or awaited, for which the team must be free. */
export function callDirect<R>(team: Team, form: Form<R>, isAwaited: boolean): R | Promise<R> {
  return isAwaited ? team.soon(callSteps(team, form)) : callNow(team, form);
}
