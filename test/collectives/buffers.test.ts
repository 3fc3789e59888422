import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allocateLike } from '../../collectives/element-type.ts';
import { assertSame } from './matrix.ts';
import { call } from './simulated-call.ts';

const size = 3;
/** Six elements, a multiple of the size; the same as a Buffer and as what it stands for. */
const bytes = (rank: number): Uint8Array => Uint8Array.from({ length: 6 }, (_, index) => rank * 10 + index);
const names = [
  'broadcast',
  'reduce',
  'allreduce',
  'gather',
  'allgather',
  'scatter',
  'alltoall',
  'reduceScatter',
  'scan',
];

describe('a Buffer', () => {
  for (const name of [...names, 'exscan']) {
    it(`is a Uint8Array to ${name}: same results, of the plain type, without a warning`, ({ mock }) => {
      const warn = mock.method(process, 'emitWarning');
      const expected = call(name, size, (rank) => [bytes(rank)]);
      const results = call(name, size, (rank) => [Buffer.from(bytes(rank))]);
      assertSame(results, expected);
      for (const result of results) if (result !== undefined) assert.equal((result as object).constructor, Uint8Array);
      assert.equal(warn.mock.callCount(), 0);
    });
  }

  it('as `into` is filled in place', () => {
    const into = Array.from({ length: size }, () => Buffer.alloc(6));
    const results = call('allreduce', size, (rank) => [Buffer.from(bytes(rank)), { into: into[rank] }]);
    assert.deepEqual([...(into[0] ?? [])], [30, 33, 36, 39, 42, 45]);
    for (const [rank, result] of results.entries()) assert.equal(result, into[rank]);
  });

  it('makes room of its element type, as does a subclass with a constructor of its own', () => {
    class Named extends Float64Array {
      constructor() {
        super(2);
      }
    }
    assert.deepEqual(allocateLike(Buffer.from('abc'), 2), new Uint8Array(2));
    assert.deepEqual(allocateLike(new Named(), 5), new Float64Array(5));
  });
});
