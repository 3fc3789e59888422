/** How a call of a collective runs in shared memory: in one step with slots, or a tile at a time. */
import type { Program } from '../../runtime/comm/program.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { runLater, runNow, runSoon, type SlotCall } from './slot-call.ts';
import { follow, followNow, type Meeting, type Tiles } from './tiles.ts';

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

/** The direct way of a call: blocking, or awaited, for what takes one step. */
export function callDirect<R>(team: Team, form: Form<R>, isAwaited: boolean): R | Promise<R> {
  return isAwaited && !(form instanceof TileCall) ? runSoon(team, form) : callNow(team, form);
}
