/** Barrier in one step: nobody goes on before all have arrived. */
import { notDirect } from '../../runtime/comm/install.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import { callDirect } from './form.ts';
import { plainOptions } from './operands.ts';
import { isShort, join } from './short.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';

export class SlotBarrier implements SlotCall<undefined> {
  readonly kind = kinds.barrier;
  readonly length = 0;
  readonly place: number;
  readonly whom = Whom.everyone;
  readonly isAwaited = false;

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

export function barrierDirect(team: Team, _data: unknown, options: unknown, isAwaited: boolean): unknown {
  if (plainOptions(options) === null || (isAwaited && !team.free)) return notDirect;
  team.operation = 'barrier';
  if (isShort(team, 0, isAwaited)) {
    join(team, team.begin(kinds.barrier, 0, placeWord(0, team.number())), Whom.everyone);
    return undefined;
  }
  return callDirect(team, new SlotBarrier(team.number()), isAwaited);
}
