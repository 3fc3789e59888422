/** The checks of a call's arguments that several collectives share. Each throws before anything moves. */

import { counted, show, withArticle } from '../runtime/comm/show.ts';
import type { NumericArray } from '../runtime/core/api.ts';
import type { TsmpiError, TsmpiErrorCode } from '../runtime/core/errors.ts';
import { callError } from '../runtime/comm/call-errors.ts';
import type { Caller } from '../runtime/comm/program.ts';
import { type ElementType, elementTypeOf, plainView } from './element-type.ts';
import { totalOf } from './layout.ts';

/** The error of a call: what happened, with both numbers, and the remedy. */
export function failure(
  caller: Caller,
  code: TsmpiErrorCode,
  what: string,
  remedy: string,
  cause?: unknown,
): TsmpiError {
  const { where, rank, operation } = caller;
  return callError(code, what, { where, rank, operation, remedy, cause });
}

/** The root, 0 when it is left out. ERR_ROOT. */
export function rootOf(caller: Caller, root: unknown): number {
  if (root === undefined) return 0;
  if (typeof root === 'number' && Number.isInteger(root) && root >= 0 && root < caller.size) return root;
  throw failure(
    caller,
    'ERR_ROOT',
    `root ${show(root)} is not a rank of a communicator of ${counted(caller.size, 'rank')}`,
    `pass a rank from 0 to ${caller.size - 1}`,
  );
}

/** A copy of the counts; undefined when they are left out. ERR_ARGUMENT and ERR_COUNT. */
export function countsOf(caller: Caller, name: string, counts: unknown): readonly number[] | undefined {
  if (counts === undefined) return undefined;
  const list: readonly unknown[] | undefined =
    Array.isArray(counts) || elementTypeOf(counts) !== undefined ? Array.from(counts as Iterable<unknown>) : undefined;
  if (list === undefined) {
    throw failure(caller, 'ERR_ARGUMENT', `${name} is ${show(counts)}`, 'pass an array with one length for each rank');
  }
  if (list.length !== caller.size) {
    throw failure(
      caller,
      'ERR_COUNT',
      `${name} has ${list.length} entries, the communicator ${counted(caller.size, 'rank')}`,
      'pass one length for each rank',
    );
  }
  const bad = list.findIndex((count) => typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0);
  if (bad >= 0) {
    throw failure(caller, 'ERR_COUNT', `${name}[${bad}] is ${show(list[bad])}`, 'pass integers from 0 up');
  }
  return list as readonly number[];
}

/** Equal pieces of `length` elements. ERR_COUNT when they are uneven. */
export function evenCounts(caller: Caller, length: number, name: string): readonly number[] {
  if (length % caller.size !== 0) {
    throw failure(
      caller,
      'ERR_COUNT',
      `an array of ${length} elements cannot be cut evenly into ${caller.size} pieces`,
      `pass ${name}, or a length that is a multiple of ${caller.size}`,
    );
  }
  return new Array<number>(caller.size).fill(length / caller.size);
}

/** ERR_COUNT unless `counts` add up to `length`. */
export function checkTotal(caller: Caller, name: string, counts: readonly number[], length: number): void {
  const total = totalOf(counts);
  if (total === length) return;
  throw failure(
    caller,
    'ERR_COUNT',
    `${name} add up to ${total} elements, the array has ${length}`,
    `pass ${name} that add up to the array's length`,
  );
}

/** Where a result goes. */
export interface Target {
  /** The memory: exactly as long as the result. */
  readonly view: NumericArray;
  /** What the caller gets. */
  readonly result: NumericArray;
}

/** ERR_TYPE unless `into` is left out or is an array of `type` (of any numeric type when that is undefined). */
export function checkIntoType(caller: Caller, into: unknown, type: ElementType | undefined): void {
  if (into === undefined) return;
  const intoType = elementTypeOf(into);
  if (intoType !== undefined && (type === undefined || type === intoType)) return;
  throw failure(
    caller,
    'ERR_TYPE',
    `into is ${show(into)}, the data ${type === undefined ? 'no numeric array' : withArticle(type.name)}`,
    type === undefined ? 'leave out into' : `pass ${withArticle(type.name)}`,
  );
}

/** ERR_TYPE when `into` is given for data that is not a numeric array. */
export function refuseInto(caller: Caller, into: unknown): void {
  if (into === undefined) return;
  throw failure(caller, 'ERR_TYPE', 'into is given, but the data is not a numeric array', 'leave out into');
}

/** The head of `into`, or a fresh array. ERR_TYPE, and ERR_COUNT when `into` is too short. */
export function targetOf(caller: Caller, into: unknown, type: ElementType, length: number): Target {
  if (into === undefined) {
    const fresh = new type.constructor(length);
    return { view: fresh, result: fresh };
  }
  checkIntoType(caller, into, type);
  const array = into as NumericArray;
  if (array.length < length) {
    throw failure(
      caller,
      'ERR_COUNT',
      `into has ${counted(array.length, 'element')}, the result ${length}`,
      `pass an array of at least ${counted(length, 'element')}`,
    );
  }
  const result = array.length === length ? array : array.subarray(0, length);
  return { view: plainView(result, type), result };
}
