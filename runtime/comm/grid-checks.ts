/** The arguments of grids. Every refusal names both numbers and the way out. */
import type { TsmpiError } from '../core/errors.ts';
import { fromCaller } from './call-errors.ts';
import { counted, show } from './show.ts';
import type { Group } from './group.ts';
import type { Grid } from './topology.ts';

/** A positive product of lengths that the ranks suffice for. */
export function checkedDims(group: Group, dims: unknown): readonly number[] {
  if (!Array.isArray(dims) || dims.length === 0) {
    throw refusal(group, 'cartesian', `dims is ${show(dims)}`, 'pass one length for each dimension, such as [4, 2]');
  }
  const lengths: readonly unknown[] = dims;
  const bad = lengths.findIndex((length) => !isWhole(length) || length < 1);
  if (bad >= 0) {
    const what = `dims[${String(bad)}] is ${show(lengths[bad])}`;
    throw refusal(group, 'cartesian', what, 'pass lengths of 1 or more; balancedDims(size, dimensions) gives some');
  }
  const checked = lengths as readonly number[];
  const product = checked.reduce((all, length) => all * length, 1);
  if (product <= group.size) return [...checked];
  const what = `a grid of ${checked.join(' × ')} has ${String(product)} ranks, the communicator ${String(group.size)}`;
  throw group.refusal('ERR_COUNT', 'cartesian', what, `pass dims with a product of at most ${String(group.size)}`);
}

export function checkedPeriodic(group: Group, periodic: unknown, dimensions: number): readonly boolean[] {
  if (periodic === undefined) return new Array<boolean>(dimensions).fill(false);
  const list: readonly unknown[] = Array.isArray(periodic) ? periodic : [];
  if (list.length === dimensions && list.every((each) => typeof each === 'boolean')) return [...list];
  const what = Array.isArray(periodic)
    ? `periodic has ${String(list.length)} entries, dims ${String(dimensions)}`
    : `periodic is ${show(periodic)}`;
  throw refusal(group, 'cartesian', what, 'pass true or false for each dimension');
}

export function checkedCoords(group: Group, { dims }: Grid, coords: unknown): readonly number[] {
  const list: readonly unknown[] = Array.isArray(coords) ? coords : [];
  if (list.length === dims.length && list.every(isWhole)) return list;
  const what = Array.isArray(coords)
    ? `coords are [${list.map(show).join(', ')}], the grid has ${String(dims.length)} dimensions`
    : `coords is ${show(coords)}`;
  throw outside(refusal(group, 'rankOf', what, 'pass one integer for each dimension'));
}

export function checkedRank(group: Group, rank: unknown): number {
  if (isWhole(rank) && rank >= 0 && rank < group.size) return rank;
  const what = `rank is ${show(rank)}, the communicator has ${counted(group.size, 'rank')}`;
  throw outside(group.refusal('ERR_RANK', 'coordsOf', what, `pass 0 to ${String(group.size - 1)}`));
}

export function checkShift(group: Group, { dims }: Grid, dimension: unknown, displacement: unknown): void {
  if (!isWhole(dimension) || dimension < 0 || dimension >= dims.length) {
    const what = `dimension is ${show(dimension)}, the grid has ${String(dims.length)}`;
    throw outside(refusal(group, 'shift', what, `pass 0 to ${String(dims.length - 1)}`));
  }
  if (!isWhole(displacement)) {
    throw outside(refusal(group, 'shift', `displacement is ${show(displacement)}`, 'pass an integer'));
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function refusal(group: Group, operation: string, what: string, remedy: string): TsmpiError {
  return group.refusal('ERR_ARGUMENT', operation, what, remedy);
}

/** Thrown straight to the caller, by a call that waits for nothing. */
function outside(error: TsmpiError): Error {
  return fromCaller(error, null);
}
