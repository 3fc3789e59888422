/** Waiting for the lock of a window's part. */
import { setImmediate as turnOf, setTimeout as sleep } from 'node:timers/promises';
import { PartCondition, type PartName } from './part-condition.ts';

/** Turns of the event loop in which it is tried again at once; then after a sleep, of so long at most. */
const eagerTurns = 64;
const sleepMsMax = 8;

export class LockWait extends PartCondition {
  #isTaken = false;

  constructor(part: PartName) {
    super(part, 'lock');
  }

  ready(): boolean {
    return this.#isTaken;
  }

  /** This rank has the lock. False: the call has ended before. */
  take(): boolean {
    if (this.done) return false;
    this.#isTaken = true;
    this.complete();
    return true;
  }
}

/** Before the next try. */
export async function pause(turn: number): Promise<void> {
  if (turn < eagerTurns) await turnOf();
  else await sleep(Math.min(sleepMsMax, 1 + (turn - eagerTurns) / 16));
}
