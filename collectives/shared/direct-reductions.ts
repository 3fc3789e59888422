/**
 * The direct way of reductions: plain arrays and numbers, predefined ops, options that ask for nothing else. Anything
 * that is in any way unusual gets `notDirect`, before anything moved.
 */
import { notDirect } from '../../runtime/comm/install.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Team } from '../../runtime/comm/team.ts';
import { packed, uniform } from '../layout.ts';
import type { ElementType } from '../element-type.ts';
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

/** What a blocking call gives and gets that reduces one number: it runs none of the user's code before it is over. */
const givenNumber = new Float64Array(1);
const gotNumber = new Float64Array(1);

/** The data as an array; a number becomes one. */
function arrayOf(data: unknown, isAwaited: boolean): unknown {
  if (typeof data !== 'number') return data;
  if (isAwaited) return Float64Array.of(data);
  givenNumber[0] = data;
  return givenNumber;
}

/** How it is reduced; null where that is nothing plain. */
function operandsOf(array: unknown, { op, reproducible }: Options): Operands | null {
  const type = reproducible === undefined ? plainTypeOf(array) : undefined;
  return type === undefined ? null : operandsFor(op, type);
}

/** Where the result goes; null where there is no such place. */
function targetOf(isNumber: boolean, array: NumericArray, into: unknown, isAwaited: boolean): NumericArray | null {
  if (!isNumber) return roomFor(into, plainTypeOf(array) as ElementType, array.length);
  if (into !== undefined) return null;
  return isAwaited ? new Float64Array(1) : gotNumber;
}

/** An awaited call does not block its thread: it must be able to take its first step. */
function isReady(team: Team, isAwaited: boolean): boolean {
  return !isAwaited || team.free;
}

export function allreduceDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  if (asked === null || !isReady(team, isAwaited)) return notDirect;
  const isNumber = typeof data === 'number';
  const array = arrayOf(data, isAwaited) as NumericArray;
  const operands = operandsOf(array, asked);
  if (operands === null) return notDirect;
  const target = targetOf(isNumber, array, asked.into, isAwaited);
  if (target === null) return notDirect;
  team.operation = 'allreduce';
  if (isShort(team, array.length * operands.type.bytes, isAwaited)) {
    reduceShort(team, -1, array, target, operands);
    return isNumber ? target[0] : headOf(target, array.length);
  }
  const call = { team, number: team.number() };
  return callDirect(team, reduceForm(call, -1, { data: array, target, isNumber }, operands), isAwaited);
}

export function reduceDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const root = asked === null ? -1 : plainRoot(asked.root, team.size);
  if (asked === null || root < 0 || !isReady(team, isAwaited)) return notDirect;
  const isNumber = typeof data === 'number';
  if (isNumber && asked.into !== undefined) return notDirect;
  const array = arrayOf(data, isAwaited) as NumericArray;
  const operands = operandsOf(array, asked);
  if (operands === null) return notDirect;
  const target = team.rank === root ? targetOf(isNumber, array, asked.into, isAwaited) : null;
  if (team.rank === root && target === null) return notDirect;
  team.operation = 'reduce';
  if (isShort(team, array.length * operands.type.bytes, isAwaited)) {
    reduceShort(team, root, array, target, operands);
    if (target === null) return undefined;
    return isNumber ? target[0] : headOf(target, array.length);
  }
  const call = { team, number: team.number() };
  return callDirect(team, reduceForm(call, root, { data: array, target, isNumber }, operands), isAwaited);
}

export function scanDirect(
  exclusive: boolean,
): (team: Team, data: unknown, options: unknown, isAwaited: boolean) => unknown {
  const operation = exclusive ? 'exscan' : 'scan';
  return (team, data, options, isAwaited) => {
    const asked = plainOptions(options);
    if (asked === null || !isReady(team, isAwaited)) return notDirect;
    const isNumber = typeof data === 'number';
    const array = arrayOf(data, isAwaited) as NumericArray;
    const operands = operandsOf(array, asked);
    if (operands === null) return notDirect;
    const room = targetOf(isNumber, array, asked.into, isAwaited);
    if (room === null) return notDirect;
    team.operation = operation;
    const target = exclusive && team.rank === 0 ? null : room;
    if (isShort(team, array.length * operands.type.bytes, isAwaited)) {
      scanShort(team, exclusive, array, target, operands);
      if (target === null) return undefined;
      return isNumber ? target[0] : headOf(target, array.length);
    }
    const call = { team, number: team.number() };
    return callDirect(team, scanForm(call, exclusive, { data: array, target, isNumber }, operands), isAwaited);
  };
}

export function reduceScatterDirect(team: Team, data: unknown, options: unknown, isAwaited: boolean): unknown {
  const asked = plainOptions(options);
  const operands = asked === null || !isReady(team, isAwaited) ? null : operandsOf(data, asked);
  if (asked === null || operands === null) return notDirect;
  const array = data as NumericArray;
  const { size, rank } = team;
  const counts = countsFor(asked.counts, array.length, size);
  if (counts === null) return notDirect;
  const length = typeof counts === 'number' ? counts : (counts[rank] ?? 0);
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
  const layout = typeof counts === 'number' ? uniform(size, counts) : packed(counts);
  return callDirect(team, reduceScatterForm(call, { data: array, own, layout }, operands), isAwaited);
}

/** The pieces' lengths, one number where all are alike; null where they do not add up. */
function countsFor(counts: unknown, length: number, size: number): readonly number[] | number | null {
  if (counts === undefined) return length % size === 0 ? length / size : null;
  if (!Array.isArray(counts) || counts.length !== size) return null;
  let total = 0;
  for (const count of counts as readonly unknown[]) {
    if (typeof count !== 'number' || !(count >= 0) || !Number.isSafeInteger(count)) return null;
    total += count;
  }
  return total === length ? Array.from(counts as readonly number[]) : null;
}
