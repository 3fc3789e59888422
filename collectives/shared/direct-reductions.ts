/**
 * The direct way of reductions: plain arrays and numbers, predefined ops, options that ask for nothing else. Anything
 * that is in any way unusual gets `notDirect`, before anything moved.
 */
import { notDirect } from '../../runtime/comm/install.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { packed } from '../layout.ts';
import { callDirect } from './form.ts';
import { reduceForm, reduceScatterForm, scanForm } from './forms.ts';
import {
  headOf,
  type Operands,
  operandsFor,
  type Options,
  plainOptions,
  plainRoot,
  plainTypeOf,
  roomFor,
} from './operands.ts';
import { isShort, reduceScatterShort, reduceShort, scanShort } from './short.ts';
import type { Reduced } from './slot-reduce.ts';

/** What a call reduces, and how. */
interface Given extends Reduced {
  readonly operands: Operands;
}

/** What a blocking call gives and gets that reduces one number: it runs none of the user's code before it is over. */
const givenNumber = new Float64Array(1);
const gotNumber = new Float64Array(1);

/** Null for anything unusual. Where a rank gets no result (not `isTaker`), `into` is not looked at. */
function givenOf(data: unknown, asked: Options | null, isAwaited: boolean, isTaker = true): Given | null {
  if (asked === null) return null;
  if (typeof data === 'number') {
    const operands = asked.into === undefined ? operandsOf(givenNumber, asked) : null;
    if (operands === null) return null;
    const array = isAwaited ? new Float64Array(1) : givenNumber;
    array[0] = data;
    const target = isAwaited ? new Float64Array(1) : gotNumber;
    return { data: array, target: isTaker ? target : null, isNumber: true, operands };
  }
  const operands = operandsOf(data, asked);
  if (operands === null) return null;
  const array = data as NumericArray;
  const target = isTaker ? roomFor(asked.into, operands.type, array.length) : null;
  return target === null && isTaker ? null : { data: array, target, isNumber: false, operands };
}

/** How a plain array is reduced; null for anything else. */
function operandsOf(array: unknown, { op, reproducible }: Options): Operands | null {
  const type = reproducible === undefined ? plainTypeOf(array) : undefined;
  return type === undefined ? null : operandsFor(op, type);
}

/** An awaited call does not block its thread: it must be able to take its first step. */
function isReady(team: Team, isAwaited: boolean): boolean {
  return !isAwaited || team.free;
}

export function allreduceDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const given = isReady(team, isAwaited) ? givenOf(data, plainOptions(options), isAwaited) : null;
  if (given === null) return notDirect;
  team.operation = 'allreduce';
  return reduced(team, -1, given, isAwaited);
}

export function reduceDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const root = asked === null ? -1 : plainRoot(asked.root, team.size);
  if (root < 0 || !isReady(team, isAwaited)) return notDirect;
  const given = givenOf(data, asked, isAwaited, team.rank === root);
  if (given === null) return notDirect;
  team.operation = 'reduce';
  return reduced(team, root, given, isAwaited);
}

/** Reduce, or (`root` −1) allreduce. */
function reduced(team: Team, root: number, given: Given, isAwaited: boolean): unknown {
  const { data, operands } = given;
  if (isShort(team, data.length * operands.type.bytes, isAwaited)) return reduceShort(team, root, given, operands);
  return callDirect(team, reduceForm({ team, number: team.number() }, root, given, operands), isAwaited);
}

export function scanDirect(
  exclusive: boolean,
): (team: Team, data: unknown, options: unknown, isAwaited: boolean) => unknown {
  const operation = exclusive ? 'exscan' : 'scan';
  return (team, data, options, isAwaited) => {
    const given = isReady(team, isAwaited) ? givenOf(data, plainOptions(options), isAwaited) : null;
    if (given === null) return notDirect;
    team.operation = operation;
    const { operands } = given;
    const what: Reduced = exclusive && team.rank === 0 ? { ...given, target: null } : given;
    if (isShort(team, what.data.length * operands.type.bytes, isAwaited)) {
      return scanShort(team, exclusive, what, operands);
    }
    return callDirect(team, scanForm({ team, number: team.number() }, exclusive, what, operands), isAwaited);
  };
}

export function reduceScatterDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const operands = asked === null || !isReady(team, isAwaited) ? null : operandsOf(data, asked);
  if (asked === null || operands === null) return notDirect;
  const array = data as NumericArray;
  const counts = countsFor(asked.counts, array.length, team.size);
  if (counts === null) return notDirect;
  const length = counts[team.rank] ?? 0;
  const room = roomFor(asked.into, operands.type, length);
  if (room === null) return notDirect;
  const own = headOf(room, length);
  if (isShort(team, array.length * operands.type.bytes, isAwaited)) {
    team.operation = 'reduceScatter';
    reduceScatterShort(team, counts, array, own, operands);
    return own;
  }
  if (asked.into !== undefined && room.buffer === array.buffer) return notDirect;
  team.operation = 'reduceScatter';
  const call = { team, number: team.number() };
  return callDirect(team, reduceScatterForm(call, { data: array, own, layout: packed(counts) }, operands), isAwaited);
}

/** The pieces' lengths; null where they do not add up. */
function countsFor(counts: unknown, length: number, size: number): readonly number[] | null {
  if (counts === undefined) return length % size === 0 ? new Array<number>(size).fill(length / size) : null;
  if (!Array.isArray(counts) || counts.length !== size) return null;
  let total = 0;
  for (const count of counts as readonly unknown[]) {
    if (typeof count !== 'number' || !(count >= 0) || !Number.isSafeInteger(count)) return null;
    total += count;
  }
  return total === length ? Array.from(counts as readonly number[]) : null;
}
