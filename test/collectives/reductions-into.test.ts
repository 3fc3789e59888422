import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertSame, ranksOf } from './matrix.ts';
import { call } from './simulated-call.ts';

describe('into', () => {
  const size = 5;
  const data = (rank: number) => Float32Array.of(rank, 1, -rank);
  const sum = Float32Array.of(10, 5, -10);

  it('takes the result, in its head when it is longer, and no other rank needs one', () => {
    const intos = ranksOf(size).map((rank) => new Float32Array(rank === 2 ? 3 : 5).fill(9));
    const results = call('allreduce', size, (rank) => [data(rank), { into: intos[rank] }]) as Float32Array[];
    for (const [rank, result] of results.entries()) {
      assertSame(result, sum);
      assert.equal(result.buffer, intos[rank]?.buffer);
      assert.equal(rank === 2, result === intos[rank]);
      assert.ok(intos[rank]?.subarray(3).every((element) => element === 9));
    }
    const into = new Float32Array(3);
    assert.equal(call('reduce', size, (rank) => [data(rank), rank === 1 ? { root: 1, into } : { root: 1 }])[1], into);
    assertSame(into, sum);
  });

  it('may be the input itself, or lie across it', () => {
    for (const name of ['allreduce', 'scan', 'exscan']) {
      const plain = call(name, size, (rank) => [data(rank)]);
      const inputs = ranksOf(size).map(data);
      const inPlace = call(name, size, (rank) => [inputs[rank], { into: inputs[rank] }]);
      assertSame(inPlace, plain);
      assertSame(inputs[0], name === 'exscan' ? data(0) : plain[0]);
      const shifted = call(name, size, (rank) => {
        const memory = new Float32Array(4);
        memory.set(data(rank), 0);
        return [memory.subarray(0, 3), { into: memory.subarray(1, 4) }];
      });
      assertSame(shifted, plain);
    }
    const long = (rank: number) => Float32Array.from({ length: 2 * size }, (_, i) => rank * i);
    const plain = call('reduceScatter', size, (rank) => [long(rank)]);
    assertSame(
      call('reduceScatter', size, (rank) => [long(rank)].concat([]) as [Float32Array]),
      plain,
    );
    const inPlace = call('reduceScatter', size, (rank) => {
      const memory = long(rank);
      return [memory, { into: memory }];
    });
    assertSame(inPlace, plain);
  });

  it('left out, results share no memory with the input, and the input stays as it was', () => {
    for (const ranks of [1, 2, 3]) {
      for (const name of ['allreduce', 'reduce', 'scan', 'exscan', 'reduceScatter']) {
        const inputs = ranksOf(ranks).map((rank) => Int16Array.from({ length: 6 }, (_, i) => rank + i));
        const results = call(name, ranks, (rank) => [inputs[rank], { op: 'land' }]) as (Int16Array | undefined)[];
        for (const [rank, result] of results.entries()) {
          if (result !== undefined) assert.notEqual(result.buffer, inputs[rank]?.buffer);
          assertSame(
            inputs[rank],
            Int16Array.from({ length: 6 }, (_, i) => rank + i),
          );
        }
      }
    }
  });
});
