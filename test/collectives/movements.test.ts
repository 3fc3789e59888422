import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocate, elementTypes } from '../../collectives/element-type.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import { assertSame, ranksOf, sizes } from './matrix.ts';
import { joined, lengthOf, piece, valueAt } from './operands.ts';
import { call } from './simulated-call.ts';

/** Piece lengths that cross the inline slot (112 bytes), the eager limit and the choices of algorithms. */
const lengths = [0, 1, 3, 14, 15, 600, 5000] as const;

describe('broadcast', () => {
  it('gives every rank the root value, of any kind and length, from any root', () => {
    for (const size of sizes) {
      for (const root of new Set([0, size >> 1, size - 1])) {
        for (const value of [...ranksOf(8).map(valueAt), ...lengths.map((length) => piece(root, length)), true, 1.5]) {
          const results = call('broadcast', size, (rank) => [rank === root ? value : undefined, { root }]);
          assertSame(
            results,
            ranksOf(size).map(() => value),
          );
        }
      }
    }
  });

  it('keeps the array type, and hands out no memory of its input', () => {
    for (const type of elementTypes) {
      for (const length of [2, 5000]) {
        const value = allocate(type, length);
        for (const result of call('broadcast', 3, (rank) => [rank === 0 ? value : undefined]) as NumericArray[]) {
          assert.equal(result.constructor, type.constructor);
          assert.notEqual(result.buffer, value.buffer);
        }
      }
    }
    const object = { list: [1] };
    assert.notEqual(call('broadcast', 1, () => [object])[0], object);
  });

  it('fills into where it is given, in its head when it is longer', () => {
    for (const length of lengths) {
      const intos = ranksOf(4).map((rank) => new Float64Array(length + rank).fill(-1));
      const results = call('broadcast', 4, (rank) => [
        rank === 0 ? piece(0, length) : undefined,
        { into: intos[rank] },
      ]);
      for (const rank of ranksOf(4)) {
        assertSame(results[rank], piece(0, length));
        assertSame(intos[rank]?.subarray(0, length), piece(0, length));
        assert.ok(intos[rank]?.subarray(length).every((element) => element === -1));
      }
      assert.equal(results[0], intos[0]);
    }
    const inPlace = piece(0, 700);
    assert.equal(
      call('broadcast', 2, (rank) => [
        rank === 0 ? inPlace : undefined,
        { into: rank === 0 ? inPlace : new Float64Array(700) },
      ])[0],
      inPlace,
    );
  });

  it('takes a Buffer for a Uint8Array', () => {
    const [, result] = call('broadcast', 2, (rank) => [rank === 0 ? Buffer.from('abc') : undefined]);
    assertSame(result, Uint8Array.of(97, 98, 99));
    assert.equal((result as object).constructor, Uint8Array);
  });
});

describe('gather and allgather', () => {
  it('join arrays of differing lengths in rank order, with and without counts', () => {
    for (const size of sizes) {
      for (const scale of lengths) {
        const pieces = ranksOf(size).map((rank) => piece(rank, lengthOf(rank, scale)));
        const all = joined(pieces);
        const counts = pieces.map(({ length }) => length);
        const root = size - 1;
        for (const options of [{}, { counts }]) {
          assertSame(
            call('allgather', size, (rank) => [pieces[rank], options]),
            ranksOf(size).map(() => all),
          );
          const gathered = call('gather', size, (rank) => [pieces[rank], { ...options, root }]);
          assertSame(
            gathered,
            ranksOf(size).map((rank) => (rank === root ? all : undefined)),
          );
        }
      }
    }
  });

  it('keep every type', () => {
    for (const type of elementTypes) {
      const data = allocate(type, 2);
      data[1] = type.name.startsWith('Big') ? 7n : 7;
      const [result] = call('allgather', 2, () => [data]) as NumericArray[];
      assert.equal(result?.constructor, type.constructor);
      assert.deepEqual(Array.from(result as Iterable<unknown>).map(Number), [0, 7, 0, 7]);
    }
  });

  it('list other values in rank order, [array] among them', () => {
    for (const size of sizes) {
      const values = ranksOf(size).map(valueAt);
      assertSame(
        call('allgather', size, (rank) => [values[rank]]),
        ranksOf(size).map(() => values),
      );
      const root = size >> 1;
      assertSame(call('gather', size, (rank) => [values[rank], { root }])[root], values);
      const lists = ranksOf(size).map((rank) => [piece(rank, rank * 10)]);
      assert.deepEqual(call('gather', size, (rank) => [lists[rank]])[0], lists);
    }
  });

  it('fill into, where a rank may have its own piece already', () => {
    const size = 5;
    for (const scale of lengths) {
      const counts = ranksOf(size).map((rank) => lengthOf(rank, scale));
      const offsets = counts.map((_, rank) => counts.slice(0, rank).reduce((a, b) => a + b, 0));
      const all = joined(counts.map((count, rank) => piece(rank, count)));
      for (const options of [{}, { counts }]) {
        for (const name of ['allgather', 'gather']) {
          const intos = ranksOf(size).map(() => new Float64Array(all.length + 1));
          const owns = intos.map((into, rank) =>
            into.subarray(offsets[rank], (offsets[rank] ?? 0) + (counts[rank] ?? 0)),
          );
          for (const [rank, own] of owns.entries()) own.set(piece(rank, own.length));
          const results = call(name, size, (rank) => [owns[rank], { ...options, root: 2, into: intos[rank] }]);
          assertSame(results[2], all);
          assertSame(intos[2]?.subarray(0, all.length), all);
          if (name === 'allgather')
            assertSame(
              results,
              ranksOf(size).map(() => all),
            );
          // Input that lies elsewhere in the output is read before it is written over.
          const across = call(name, size, (rank) => {
            const into = new Float64Array(all.length);
            const own = into.subarray(0, counts[rank]);
            own.set(piece(rank, own.length));
            return [own, { ...options, root: 2, into }];
          });
          assertSame(across[2], all);
        }
      }
    }
  });
});

describe('scatter', () => {
  it('cuts the array evenly or by counts', () => {
    for (const size of sizes) {
      for (const length of lengths) {
        const root = size - 1;
        const even = piece(0, length * size);
        const pieces = call('scatter', size, (rank) => [rank === root ? even : undefined, { root }]);
        assertSame(
          pieces,
          ranksOf(size).map((rank) => even.slice(rank * length, (rank + 1) * length)),
        );
        const counts = ranksOf(size).map((rank) => lengthOf(rank, length));
        const uneven = joined(counts.map((count, rank) => piece(rank, count)));
        for (const everywhere of [true, false]) {
          const cut = call('scatter', size, (rank) => [
            rank === root ? uneven : undefined,
            rank === root || everywhere ? { root, counts } : { root },
          ]);
          assertSame(
            cut,
            counts.map((count, rank) => piece(rank, count)),
          );
        }
      }
    }
  });

  it('hands out the entries of a list, each with its type', () => {
    for (const size of sizes) {
      const list = ranksOf(size).map((rank) => (rank % 2 === 1 ? piece(rank, rank * 9) : valueAt(rank)));
      const root = size >> 1;
      const results = call('scatter', size, (rank) => [rank === root ? list : null, { root }]);
      assertSame(results, list);
      assert.ok(
        results.every((result, rank) => typeof result !== 'object' || result === null || result !== list[rank]),
      );
    }
  });

  it('fills into, which at the root may be a part of the array', () => {
    for (const length of lengths) {
      const data = piece(0, length * 3);
      const whole = data.slice();
      const intos = [new Float64Array(length), data.subarray(length, 2 * length), new Float64Array(length + 4)];
      const results = call('scatter', 3, (rank) => [rank === 1 ? data : undefined, { root: 1, into: intos[rank] }]);
      assertSame(
        results,
        ranksOf(3).map((rank) => whole.slice(rank * length, (rank + 1) * length)),
      );
      assert.equal(results[0], intos[0]);
      assertSame(data, whole);
      const head = whole.slice();
      const own = call('scatter', 3, (rank) => [
        rank === 1 ? head : undefined,
        { root: 1, ...(rank === 1 ? { into: head } : {}) },
      ]);
      assertSame(
        own,
        ranksOf(3).map((rank) => whole.slice(rank * length, (rank + 1) * length)),
      );
    }
  });
});
