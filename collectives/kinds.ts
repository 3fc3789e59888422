/** Whether ranks agree on what they pass: arrays of one type, or values. */

import type { TsmpiError } from '../runtime/core/errors.ts';
import type { Caller } from '../runtime/comm/program.ts';
import { failure } from './arguments.ts';
import type { Head } from './packet.ts';

/** ERR_MISMATCH when some head is not what this rank's own is; undefined when all agree. */
export function disagreementOf(caller: Caller, heads: readonly Head[]): TsmpiError | undefined {
  const own = heads[caller.rank];
  const other = heads.findIndex((head) => own !== undefined && !agree(own, head));
  const theirs = heads[other];
  if (own === undefined || theirs === undefined) return undefined;
  return failure(
    caller,
    'ERR_MISMATCH',
    `rank ${caller.rank} passed ${describe(own)}, rank ${other} ${describe(theirs)}`,
    'pass arrays of one type on every rank, or on every rank a value that is not a numeric array ([array] is one)',
  );
}

function agree(a: Head, b: Head): boolean {
  return a.kind === b.kind && (a.kind === 'value' || a.type === b.type);
}

function describe({ kind, type }: Head): string {
  return kind === 'piece' ? `a ${type?.name ?? 'numeric array'}` : 'a value';
}
