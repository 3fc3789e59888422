/** Room for what one other rank sends. */

import type { Caller } from '../runtime/comm/program.ts';
import { failure, refuseInto, targetOf } from './arguments.ts';
import { bytesOf } from '../runtime/comm/element-type.ts';
import { type Head, valueOf } from './packet.ts';

export interface Room {
  /** As long as the head says. */
  readonly bytes: Uint8Array;
  /** What came, once it is in `bytes`; throws what is wrong with the arguments. */
  result(): unknown;
}

/**
 * Room in `into` where that fits. Where it does not, the fault is this rank's alone: it still takes what is sent, so
 * that no other rank waits, and only its result throws. `count` is what the caller said would come.
 */
export function attempt(caller: Caller, head: Head, into: unknown, count?: number): Room {
  try {
    if (head.kind === 'value' || head.type === undefined) {
      refuseInto(caller, into);
      const bytes = new Uint8Array(head.length);
      return { bytes, result: () => valueOf(head.type, bytes) };
    }
    const length = head.length / head.type.bytes;
    const { view, result } = targetOf(caller, into, head.type, length);
    if (count !== undefined && count !== length) {
      throw failure(
        caller,
        'ERR_MISMATCH',
        `counts[${caller.rank}] is ${count} here, the root sent ${length} elements`,
        'pass the same counts on every rank',
      );
    }
    return { bytes: bytesOf(view), result: () => result };
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return { bytes: new Uint8Array(head.length), result: fail };
  }
}
