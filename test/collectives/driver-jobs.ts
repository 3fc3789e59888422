/** What the ranks of `drivers.test.ts` run: every collective, async and blocking, on real threads. */

import assert from 'node:assert/strict';
import { isTsmpiError, world } from '../../runtime/index.ts';
import * as functions from '../../runtime/collectives.ts';
import { affineOperand, assertSame, compose, countsFor, ranksOf } from './matrix.ts';

const { rank, size, sync } = world;

interface Load {
  readonly door: string;
  /** With vectors that are pulled in many windows, and that the table's last rows are for. */
  readonly large: boolean;
}
type Call = (name: string, ...args: readonly unknown[]) => unknown;

/** The three doors to one implementation. A result of any of them may be awaited. */
const doors: Readonly<Record<string, Call>> = {
  async: callOn(world),
  sync: callOn(sync),
  functions: callOn(functions),
};

function callOn(target: object): Call {
  return (name, ...args) => (target as Record<string, (...args: readonly unknown[]) => unknown>)[name]?.(...args);
}

const composition = { name: 'composition', commutative: false, combine: compose };

function prefix(last: number, operand: (rank: number) => Int32Array): Int32Array {
  return ranksOf(last)
    .slice(1)
    .reduce((left, other) => {
      const right = operand(other);
      return left.map((element, i) => compose(element, right[i] ?? 0));
    }, operand(0));
}

/** Lengths on both sides of every choice: inline, eager, pulled in windows, and each algorithm of the table. */
export async function reductions({ door, large }: Load): Promise<void> {
  const call = doors[door] as Call;
  for (const count of [...countsFor(size), 3000, ...(large ? [140_000] : [])]) {
    const operand = (other: number) => affineOperand(other, count);
    const options = { op: composition };
    const whole = prefix(size, operand);
    assertSame(await call('allreduce', operand(rank), options), whole);
    assertSame(await call('scan', operand(rank), options), prefix(rank + 1, operand));
    assertSame(await call('exscan', operand(rank), options), rank === 0 ? undefined : prefix(rank, operand));
    for (const root of [0, size - 1]) {
      const reduced = await call('reduce', operand(rank), { ...options, root });
      assertSame(reduced, rank === root ? whole : undefined);
    }
    const sums = Float64Array.from({ length: count }, (_, i) => (size * (size - 1)) / 2 + size * i);
    const data = Float64Array.from({ length: count }, (_, i) => rank + i);
    assertSame(await call('allreduce', data, { into: data }), sums);
    const pieces = Float64Array.from({ length: count * size }, (_, i) => rank + i);
    const own = Float64Array.from({ length: count }, (_, i) => (size * (size - 1)) / 2 + size * (rank * count + i));
    assertSame(await call('reduceScatter', pieces), own);
  }
}

export async function movements({ door, large }: Load): Promise<void> {
  const call = doors[door] as Call;
  for (const count of [0, 1, 15, 600, 9000, ...(large ? [70_000] : [])]) {
    const piece = (source: number, dest: number) =>
      Float64Array.from({ length: count }, (_, i) => source * 100 + dest + i);
    const join = (pieces: Float64Array[]) => {
      const all = new Float64Array(count * pieces.length);
      for (const [index, one] of pieces.entries()) all.set(one, index * count);
      return all;
    };
    const row = (source: number) => join(ranksOf(size).map((dest) => piece(source, dest)));
    const column = (dest: number) => join(ranksOf(size).map((source) => piece(source, dest)));
    for (const root of [0, size - 1]) {
      assertSame(await call('broadcast', rank === root ? piece(root, 0) : undefined, { root }), piece(root, 0));
      assertSame(await call('scatter', rank === root ? row(root) : undefined, { root }), piece(root, rank));
      assertSame(await call('gather', piece(rank, root), { root }), rank === root ? column(root) : undefined);
    }
    assertSame(await call('allgather', piece(rank, 0)), column(0));
    assertSame(await call('alltoall', row(rank)), column(rank));
    const value = (source: number) => ({ source, text: 'x'.repeat(count), array: piece(source, 0) });
    assert.deepEqual(await call('broadcast', rank === 0 ? value(0) : undefined), value(0));
    if (count > 1000) continue;
    assert.deepEqual(await call('allgather', value(rank)), ranksOf(size).map(value));
    assert.deepEqual(await call('alltoall', ranksOf(size).map(value)), new Array(size).fill(value(rank)));
  }
}

/** Calls that overlap in time come back with their own results. */
export async function overlapping(): Promise<void> {
  const calls = Array.from({ length: 40 }, (_, i) => world.allreduce(Float64Array.of(i, rank)));
  const barriers = [world.barrier(), world.barrier()];
  const blocking = sync.allgather(Int32Array.of(rank));
  assertSame(blocking, Int32Array.from(ranksOf(size)));
  for (const [i, result] of (await Promise.all(calls)).entries()) {
    assertSame(result, Float64Array.of(i * size, (size * (size - 1)) / 2));
  }
  await Promise.all(barriers);
  assert.equal(await world.allreduce(1), size);
}

/** Bad arguments reject or throw a TsmpiError, and the communicator goes on. */
export async function refusals(): Promise<string[]> {
  const codes: string[] = [];
  const note = (error: unknown) => {
    codes.push(isTsmpiError(error) ? error.code : String(error));
  };
  await world.broadcast(1, { root: size }).catch(note);
  await world.allreduce(new Float64Array(1), { op: 'bor' }).catch(note);
  await world.allreduce(1, 'sum' as never).catch(note);
  try {
    sync.alltoall(new Float64Array(size + 1), { into: new Float64Array(0) });
  } catch (error) {
    note(error);
  }
  try {
    sync.barrier({ signal: AbortSignal.timeout(1) } as never);
  } catch (error) {
    note(error);
  }
  assert.equal(sync.allreduce(1), size);
  await world.barrier();
  return codes;
}
