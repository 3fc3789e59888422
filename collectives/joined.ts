/** Numeric arrays of all ranks joined in rank order. */

import type { NumericArray } from '../runtime/core/api.ts';
import type { Caller } from '../runtime/comm/program.ts';
import { failure, targetOf } from './arguments.ts';
import { layoutOf } from './assemble.ts';
import { bytesOf } from '../runtime/comm/element-type.ts';
import { type ElementType } from './element-type.ts';
import { disagreementOf } from './kinds.ts';
import { totalOf } from './layout.ts';
import type { Head } from './packet.ts';

/** ERR_COUNT unless this rank's array is as long as `counts` says. */
export function checkOwnCount(caller: Caller, counts: readonly number[], length: number): void {
  const { rank } = caller;
  if (counts[rank] === length) return;
  throw failure(
    caller,
    'ERR_COUNT',
    `counts[${rank}] is ${counts[rank] ?? 0}, the array has ${length} elements`,
    'pass the same counts on every rank, each the length of its array',
  );
}

/** Where the arrays of these heads come together. */
export interface Joined {
  readonly bytes: Uint8Array;
  /** The joined array; throws what is wrong with it, once every rank got what it waits for. */
  result(): NumericArray;
}

/** Room for the bytes of all ranks: `into` where it fits, else memory that nobody sees. */
export function roomFor(caller: Caller, heads: readonly Head[], type: ElementType, into: unknown): Joined {
  const length = totalOf(layoutOf(heads).counts);
  try {
    const error = disagreementOf(caller, heads);
    if (error !== undefined) throw error;
    const { view, result } = targetOf(caller, into, type, length / type.bytes);
    return { bytes: bytesOf(view), result: () => result };
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return { bytes: new Uint8Array(length), result: fail };
  }
}
