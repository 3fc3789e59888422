/** Barrier in one step: nobody goes on before all have arrived. */
import { notDirect } from '../../runtime/comm/install.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { kindWord, placeWord } from './signature.ts';
import { runNow, type SlotCall } from './slot-call.ts';

const kind = kindWord('barrier', 0);

export class SlotBarrier implements SlotCall<undefined> {
  readonly kind = kind;
  readonly length = 0;
  readonly place: number;

  constructor(number: number) {
    this.place = placeWord(0, number);
  }

  put(): void {
    // Arriving says it all.
  }

  combine(): void {
    // There is nothing to do for all.
  }

  take(): undefined {
    return undefined;
  }
}

export function barrierNow(team: Team, options: unknown): unknown {
  if (options !== undefined) return notDirect;
  team.operation = 'barrier';
  runNow(team, new SlotBarrier(team.number()));
  return undefined;
}
