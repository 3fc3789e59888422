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
import type { Reduced } from './slot-reduce.ts';

/** What a call reduces. */
interface Given {
  readonly data: NumericArray;
  readonly isNumber: boolean;
  readonly operands: Operands;
}

function givenOf(data: unknown, { op, reproducible }: Options): Given | null {
  if (reproducible !== undefined) return null;
  const isNumber = typeof data === 'number';
  const array = isNumber ? Float64Array.of(data) : data;
  const type = plainTypeOf(array);
  if (type === undefined) return null;
  const operands = operandsFor(op, type);
  return operands === null ? null : { data: array as NumericArray, isNumber, operands };
}

/** Where the result goes; null where there is no such place. */
function targetOf({ data, isNumber, operands }: Given, { into }: Options): NumericArray | null {
  if (!isNumber) return roomFor(into, operands.type, data.length);
  return into === undefined ? new Float64Array(1) : null;
}

/** An awaited call does not block its thread: it must be able to take its first step. */
function isReady(team: Team, isAwaited: boolean): boolean {
  return !isAwaited || team.free;
}

export function allreduceDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const given = asked && givenOf(data, asked);
  const target = given && targetOf(given, asked);
  if (given === null || target === null || !isReady(team, isAwaited)) return notDirect;
  team.operation = 'allreduce';
  const reduced: Reduced = { data: given.data, target, isNumber: given.isNumber };
  const call = { team, number: team.number() };
  return callDirect(team, reduceForm(call, -1, reduced, given.operands), isAwaited);
}

export function reduceDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const root = asked === null ? -1 : plainRoot(asked.root, team.size);
  const given = asked && givenOf(data, asked);
  if (asked === null || root < 0 || given === null || !isReady(team, isAwaited)) return notDirect;
  const target = team.rank === root ? targetOf(given, asked) : null;
  if (team.rank === root && target === null) return notDirect;
  if (given.isNumber && asked.into !== undefined) return notDirect;
  team.operation = 'reduce';
  const reduced: Reduced = { data: given.data, target, isNumber: given.isNumber };
  const call = { team, number: team.number() };
  return callDirect(team, reduceForm(call, root, reduced, given.operands), isAwaited);
}

export function scanDirect(
  exclusive: boolean,
): (team: Team, data: unknown, options: unknown, isAwaited: boolean) => unknown {
  const operation = exclusive ? 'exscan' : 'scan';
  return (team, data, options, isAwaited) => {
    const asked = plainOptions(options);
    const given = asked && givenOf(data, asked);
    const room = given && targetOf(given, asked);
    if (given === null || room === null || !isReady(team, isAwaited)) return notDirect;
    team.operation = operation;
    const target = exclusive && team.rank === 0 ? null : room;
    const reduced: Reduced = { data: given.data, target, isNumber: given.isNumber };
    const call = { team, number: team.number() };
    return callDirect(team, scanForm(call, exclusive, reduced, given.operands), isAwaited);
  };
}

export function reduceScatterDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const given = asked && givenOf(data, asked);
  if (asked === null || given === null || given.isNumber || !isReady(team, isAwaited)) return notDirect;
  const counts = countsFor(asked.counts, given.data.length, team.size);
  if (counts === null) return notDirect;
  const { type } = given.operands;
  const length = counts[team.rank] ?? 0;
  const room = roomFor(asked.into, type, length);
  if (room === null || (room.buffer === given.data.buffer && asked.into !== undefined)) return notDirect;
  team.operation = 'reduceScatter';
  const call = { team, number: team.number() };
  const parts = { data: given.data, own: headOf(room, length), layout: packed(counts) };
  return callDirect(team, reduceScatterForm(call, parts, given.operands), isAwaited);
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
