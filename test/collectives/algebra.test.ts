import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { algorithms } from '../../collectives/manifest.ts';
import { choose } from '../../collectives/choose.ts';
import { shippedTable } from '../../collectives/table.ts';
import type { Algorithm, Collective } from '../../collectives/algorithm.ts';
import { assertSame, compose, ranksOf } from './matrix.ts';
import { call } from './simulated-call.ts';

const runs = { numRuns: 60 };
const composition = { name: 'composition', commutative: false, combine: compose };

/** As many arrays of one length as there are ranks. */
const vectors = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 40 })).chain(([size, length]) =>
  fc.array(fc.int32Array({ minLength: length, maxLength: length, min: 0, max: 168 }), {
    minLength: size,
    maxLength: size,
  }),
);
const ops = fc.constantFrom<unknown>('sum', 'min', 'max', 'band', 'bxor', 'lor', composition);

describe('for any data, operation and number of ranks', () => {
  it('allreduce is reduce and broadcast', () => {
    fc.assert(
      fc.property(vectors, ops, fc.nat(), (data, op, seed) => {
        const size = data.length;
        const root = seed % size;
        const reduced = call('reduce', size, (rank) => [data[rank], { op, root }])[root];
        const spread = call('broadcast', size, (rank) => [rank === root ? reduced : undefined, { root }]);
        assertSame(
          call('allreduce', size, (rank) => [data[rank], { op }]),
          spread,
        );
      }),
      runs,
    );
  });

  it('allgather is gather and broadcast, and scatter undoes gather', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float64Array({ maxLength: 40 }), { minLength: 1, maxLength: 9 }),
        fc.nat(),
        (data, seed) => {
          const size = data.length;
          const root = seed % size;
          const gathered = call('gather', size, (rank) => [data[rank], { root }])[root];
          const everywhere = call('allgather', size, (rank) => [data[rank]]);
          assertSame(
            everywhere,
            ranksOf(size).map(() => gathered),
          );
          const counts = data.map(({ length }) => length);
          assertSame(
            call('scatter', size, (rank) => [rank === root ? gathered : undefined, { root, counts }]),
            data,
          );
        },
      ),
      runs,
    );
  });

  it('reduceScatter is a piece of allreduce', () => {
    fc.assert(
      fc.property(vectors, ops, (data, op) => {
        const size = data.length;
        const long = data.map((vector) =>
          Int32Array.from({ length: vector.length * size }, (_, i) => vector[i % vector.length] ?? 0),
        );
        const [whole] = call('allreduce', size, (rank) => [long[rank], { op }]) as Int32Array[];
        const length = data[0]?.length ?? 0;
        const pieces = call('reduceScatter', size, (rank) => [long[rank], { op }]);
        assertSame(
          pieces,
          ranksOf(size).map((rank) => whole?.slice(rank * length, (rank + 1) * length)),
        );
      }),
      runs,
    );
  });

  it('scan of the last rank is allreduce, and exscan is the scan of the rank below', () => {
    fc.assert(
      fc.property(vectors, ops, (data, op) => {
        const size = data.length;
        const scanned = call('scan', size, (rank) => [data[rank], { op }]);
        assertSame(scanned[size - 1], call('allreduce', size, (rank) => [data[rank], { op }])[0]);
        const below = call('exscan', size, (rank) => [data[rank], { op }]);
        assertSame(below, [undefined, ...scanned.slice(0, -1)]);
      }),
      runs,
    );
  });

  it('alltoall twice is where it began', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 30 }), (size, count) => {
        const data = ranksOf(size).map((rank) =>
          Float32Array.from({ length: size * count }, (_, i) => rank * 1000 + i),
        );
        const once = call('alltoall', size, (rank) => [data[rank]]);
        assertSame(
          call('alltoall', size, (rank) => [once[rank]]),
          data,
        );
      }),
      runs,
    );
  });

  it('a floating sum has the same bits on every rank, within the bound of a sum', () => {
    const floats = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 2000 }))
      .chain(([size, length]) =>
        fc.tuple(fc.constant(size), fc.constant(length), fc.double({ min: 0.1, max: 1e6, noNaN: true })),
      );
    fc.assert(
      fc.property(floats, ([size, length, scale]) => {
        const data = ranksOf(size).map((rank) =>
          Float64Array.from({ length }, (_, i) => scale * Math.sin(rank * 31 + i)),
        );
        const results = call('allreduce', size, (rank) => [data[rank]]) as Float64Array[];
        assertSame(
          results,
          ranksOf(size).map(() => results[0]),
        );
        for (const [i, sum] of (results[0] ?? []).entries()) {
          const terms = data.map((vector) => vector[i] ?? 0);
          const magnitude = terms.reduce((a, b) => a + Math.abs(b), 0);
          // (p − 1)·u·Σ|x|, for either of the two sums.
          const bound = 2 * (size - 1) * 2 ** -53 * magnitude;
          assert.ok(Math.abs(sum - terms.reduce((a, b) => a + b, 0)) <= bound);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('the choice', () => {
  it('finds an algorithm that may run, for any facts', () => {
    const facts = fc.record({
      size: fc.integer({ min: 1, max: 4096 }),
      bytes: fc.oneof(fc.integer({ min: 0, max: 2 ** 20 }), fc.maxSafeNat()),
      commutative: fc.boolean(),
      even: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(shippedTable) as Collective[])), facts, (collective, known) => {
        const algorithm = choose(collective, known);
        assert.ok(known.commutative || !algorithm.commutativeOnly);
        assert.ok(known.even || !algorithm.evenOnly);
      }),
    );
  });

  it('takes every algorithm of the manifest for some facts, and no other', () => {
    for (const collective of Object.keys(algorithms) as Collective[]) {
      const listed = (algorithms[collective] as readonly Algorithm<Collective>[]).map(({ name }) => name);
      const taken = new Set(shippedTable[collective].map(({ algorithm }) => algorithm));
      assert.deepEqual([...taken].sort(), [...listed].sort(), collective);
    }
  });

  it('has rounds that grow with the logarithm for short data, and path bytes near the vector for long', () => {
    for (const collective of Object.keys(algorithms) as Collective[]) {
      for (const size of [4, 16, 64, 256]) {
        const known = { size, commutative: true, even: true };
        const short = choose(collective, { ...known, bytes: 8 }).cost(size, 8);
        assert.ok(short.rounds <= 2 * Math.log2(size), `${collective} at ${size} ranks takes ${short.rounds} rounds`);
        const bytes = 2 ** 30;
        const long = choose(collective, { ...known, bytes }).cost(size, bytes);
        assert.ok(long.pathBytes <= 2 * bytes, `${collective} at ${size} ranks moves ${long.pathBytes} bytes in a row`);
      }
    }
  });
});
