import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementTypes } from '../../collectives/element-type.ts';
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import { assertSame, affineOperand, compose, countsFor, ranksOf, sizes } from './matrix.ts';
import { call } from './simulated-call.ts';

const composition = { name: 'composition', commutative: false, combine: compose };

/** One step of each op, written apart from the kernels: on bigint or number, wrapped by a one-element array. */
const steps: { readonly [op in OpName]: (left: never, right: never) => number | bigint } = {
  sum: (left: number, right: number) => left + right,
  prod: (left: number, right: number) => left * right,
  min: (left: number, right: number) => (left < right ? left : right),
  max: (left: number, right: number) => (left > right ? left : right),
  land: (left: number, right: number) => (left && right ? 1 : 0),
  lor: (left: number, right: number) => (left || right ? 1 : 0),
  lxor: (left: number, right: number) => (!left !== !right ? 1 : 0),
  band: (left: number, right: number) => left & right,
  bor: (left: number, right: number) => left | right,
  bxor: (left: number, right: number) => left ^ right,
};
const opNames = Object.keys(steps) as OpName[];
const integerOps: readonly OpName[] = opNames.filter((op) => !['sum', 'prod', 'min', 'max'].includes(op));

for (const type of elementTypes) {
  const big = type.name.startsWith('Big');
  /** Small and large, negative and zero: what the type makes of them. */
  const operand = (rank: number, count: number): NumericArray => {
    const array = new type.constructor(count);
    for (let i = 0; i < count; i++) {
      const value = [3, 0, 250, -7, 1, 2_000_000_011][(rank + i) % 6] as number;
      array[i] = big ? BigInt(value) * 4_000_000_007n : value;
    }
    return array;
  };
  const folded = (op: OpName, first: number, last: number, count: number): NumericArray => {
    const result = operand(first, count);
    for (let rank = first + 1; rank <= last; rank++) {
      const right = operand(rank, count);
      for (let i = 0; i < count; i++) {
        // A product of 32-bit integers has up to 62 bits, so integers are reduced as bigints.
        const exact = type.integer && !['land', 'lor', 'lxor'].includes(op);
        const [a, b] = exact ? [BigInt(result[i] as number), BigInt(right[i] as number)] : [result[i], right[i]];
        const combined = steps[op](a as never, b as never);
        if (type.name === 'Uint8ClampedArray') result[i] = Number(combined);
        else if (big) result[i] = BigInt(combined);
        else result[i] = Number(type.integer ? BigInt.asIntN(32, BigInt(combined)) : combined);
      }
    }
    if (!['land', 'lor', 'lxor'].includes(op)) return result;
    return result.map((element: number | bigint) => (element ? (big ? 1n : 1) : big ? 0n : 0) as never);
  };

  describe(`${type.name}s`, () => {
    for (const op of opNames) {
      if (!type.integer && integerOps.includes(op)) continue;
      it(`are reduced by ${op} as the type does arithmetic`, () => {
        for (const size of [1, 2, 3, 5]) {
          const count = 7;
          const whole = folded(op, 0, size - 1, count);
          const input = (rank: number) => operand(rank, count);
          for (const result of call('allreduce', size, (rank) => [input(rank), { op }])) assertSame(result, whole);
          const root = size - 1;
          const reduced = call('reduce', size, (rank) => [input(rank), { op, root }]);
          assertSame(
            reduced,
            ranksOf(size).map((rank) => (rank === root ? whole : undefined)),
          );
          const scanned = call('scan', size, (rank) => [input(rank), { op }]);
          assertSame(
            scanned,
            ranksOf(size).map((rank) => folded(op, 0, rank, count)),
          );
          const below = call('exscan', size, (rank) => [input(rank), { op }]);
          assertSame(
            below,
            ranksOf(size).map((rank) => (rank === 0 ? undefined : folded(op, 0, rank - 1, count))),
          );
          const pieces = call('reduceScatter', size, (rank) => [operand(rank, 2 * size), { op }]);
          const all = folded(op, 0, size - 1, 2 * size);
          assertSame(
            pieces,
            ranksOf(size).map((rank) => all.slice(2 * rank, 2 * rank + 2)),
          );
        }
      });
    }
  });
}

describe('min and max', () => {
  for (const constructor of [Float32Array, Float64Array]) {
    it(`of a ${constructor.name} give NaN for any NaN, and order -0 below +0`, () => {
      const vectors = [
        [NaN, 1, 0, -0, -Infinity],
        [1, NaN, -0, 0, Infinity],
        [2, 2, 0, 0, 0],
      ];
      const data = (rank: number) => constructor.from(vectors[rank] ?? []);
      for (const result of call('allreduce', 3, (rank) => [data(rank), { op: 'min' }])) {
        assert.deepEqual(Array.from(result as Float64Array), [NaN, NaN, -0, -0, -Infinity]);
      }
      for (const result of call('allreduce', 3, (rank) => [data(rank), { op: 'max' }])) {
        assert.deepEqual(Array.from(result as Float64Array), [NaN, NaN, 0, 0, Infinity]);
      }
    });
  }
});

describe('a number', () => {
  it('is reduced as a Float64 by arithmetic, and as a 32-bit integer by logic', () => {
    assertSame(
      call('allreduce', 3, (rank) => [rank + 0.5]),
      [4.5, 4.5, 4.5],
    );
    assertSame(
      call('allreduce', 2, () => [-0, { op: 'max' }]),
      [-0, -0],
    );
    assertSame(
      call('allreduce', 3, (rank) => [rank === 1 ? 0 : 6, { op: 'lor' }]),
      [1, 1, 1],
    );
    assertSame(
      call('allreduce', 3, (rank) => [rank, { op: 'bor' }]),
      [3, 3, 3],
    );
    assertSame(
      call('allreduce', 1, () => [6, { op: 'land' }]),
      [1],
    );
    assertSame(
      call('reduce', 3, (rank) => [rank, { op: 'prod', root: 1 }]),
      [undefined, 0, undefined],
    );
    assertSame(
      call('scan', 4, (rank) => [rank]),
      [0, 1, 3, 6],
    );
    assertSame(
      call('exscan', 4, (rank) => [rank]),
      [undefined, 0, 1, 3],
    );
    assertSame(
      call('scan', 2, () => [5, { op: 'land' }]),
      [1, 1],
    );
    assertSame(
      call('exscan', 2, () => [5, { op: 'lxor' }]),
      [undefined, 1],
    );
  });
});

describe('an operation of the caller', () => {
  it('combines elements in rank order, at any size and length', () => {
    for (const size of sizes) {
      for (const count of [...countsFor(size), 3000]) {
        const operand = (rank: number) => affineOperand(rank, count);
        const prefixes: Int32Array[] = [];
        for (const rank of ranksOf(size)) {
          const [before, own] = [prefixes[rank - 1], operand(rank)];
          prefixes.push(before === undefined ? own : before.map((left, i) => compose(left, own[i] ?? 0)));
        }
        const whole = prefixes[size - 1];
        const options = { op: composition };
        for (const result of call('allreduce', size, (rank) => [operand(rank), options])) assertSame(result, whole);
        const root = Math.floor(size / 2);
        assertSame(call('reduce', size, (rank) => [operand(rank), { ...options, root }])[root], whole);
        assertSame(
          call('scan', size, (rank) => [operand(rank), options]),
          prefixes,
        );
        const below = [undefined, ...prefixes.slice(0, -1)];
        assertSame(
          call('exscan', size, (rank) => [operand(rank), options]),
          below,
        );
      }
    }
  });

  it('folds values of any kind in rank order, and hands out no memory of its inputs', () => {
    const concatenate = {
      name: 'concatenate',
      commutative: false,
      combine(left: string[], right: string[]) {
        left.push(...right);
        return left;
      },
    };
    for (const size of [1, 2, 3, 5, 8]) {
      const inputs = ranksOf(size).map((rank) => [`rank ${rank}`, 'x'.repeat(rank * 60)]);
      const prefix = (end: number) => inputs.slice(0, end).flat();
      const data = (rank: number) => [inputs[rank], { op: concatenate }] as const;
      assertSame(
        call('allreduce', size, data),
        ranksOf(size).map(() => prefix(size)),
      );
      assertSame(
        call('scan', size, data),
        ranksOf(size).map((rank) => prefix(rank + 1)),
      );
      assertSame(
        call('exscan', size, data),
        ranksOf(size).map((rank) => (rank === 0 ? undefined : prefix(rank))),
      );
      const reduced = call('reduce', size, (rank) => [inputs[rank], { op: concatenate, root: size - 1 }]);
      assertSame(
        reduced,
        ranksOf(size).map((rank) => (rank === size - 1 ? prefix(size) : undefined)),
      );
      assert.ok(inputs.every((input) => input.length === 2));
      assert.notEqual(call('allreduce', 1, () => [inputs[0], { op: concatenate }])[0], inputs[0]);
    }
  });

  it('may combine numbers into something else than numbers', () => {
    const pair = { name: 'pair', commutative: false, combine: (left: unknown, right: unknown) => [left, right] };
    assertSame(call('allreduce', 3, (rank) => [rank, { op: pair }])[0], [[0, 1], 2]);
  });

  it('passes through what it throws', () => {
    const boom = new Error('boom');
    const op = {
      name: 'boom',
      commutative: true,
      combine() {
        throw boom;
      },
    };
    assert.throws(() => call('allreduce', 2, () => [new Int8Array(3), { op }]), boom);
    assert.throws(() => call('allreduce', 2, () => ['values', { op }]), boom);
  });
});

it('reduceScatter cuts by counts', () => {
  for (const size of [1, 2, 3, 5, 8]) {
    const counts = ranksOf(size).map((rank) => (rank * 3) % 4);
    const length = counts.reduce((a, b) => a + b, 0);
    const results = call('reduceScatter', size, (rank) => [
      Int32Array.from({ length }, (_, i) => i + rank),
      { counts },
    ]);
    let offset = 0;
    for (const rank of ranksOf(size)) {
      const expected = Int32Array.from(
        { length: counts[rank] ?? 0 },
        (_, i) => size * (offset + i) + (size * (size - 1)) / 2,
      );
      assertSame(results[rank], expected);
      offset += counts[rank] ?? 0;
    }
  }
});
