import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ranksOf } from './matrix.ts';
import { codes, outcomes } from './simulated-call.ts';

const size = 4;
const everywhere = (code: string) => ranksOf(size).map(() => code);
const array = new Float64Array(8);

/** [name, data, options, code]: refused on every rank before anything moves. */
const refusals: readonly (readonly [string, unknown, Record<string, unknown>, string])[] = [
  ...['broadcast', 'reduce', 'gather', 'scatter'].flatMap((name) =>
    [-1, size, 1.5, '0', null, NaN, 1n].map((root) => [name, array, { root }, 'ERR_ROOT'] as const),
  ),
  ...['reduce', 'allreduce', 'scan', 'exscan', 'reduceScatter'].flatMap(
    (name) =>
      [
        [name, array, { op: 'plus' }, 'ERR_OP'],
        [name, array, { op: () => 0 }, 'ERR_OP'],
        [name, array, { op: {} }, 'ERR_OP'],
        [name, array, { op: 'band' }, 'ERR_OP'],
        [name, new Float32Array(4), { op: 'land' }, 'ERR_OP'],
        [name, 'text', {}, 'ERR_TYPE'],
        [name, undefined, {}, 'ERR_TYPE'],
        [name, 5n, {}, 'ERR_TYPE'],
        [name, new DataView(new ArrayBuffer(8)), {}, 'ERR_TYPE'],
      ] as const,
  ),
  ...[1.5, 2 ** 31, -(2 ** 31) - 1, NaN].map((data) => ['allreduce', data, { op: 'bor' }, 'ERR_OP'] as const),
  ['allreduce', 1, { into: array }, 'ERR_TYPE'],
  ['allreduce', array, { into: new Float32Array(8) }, 'ERR_TYPE'],
  ['allreduce', array, { into: [] }, 'ERR_TYPE'],
  ['allreduce', array, { into: new Float64Array(7) }, 'ERR_COUNT'],
  ['allreduce', Int32Array.of(1), { reproducible: true }, 'ERR_UNSUPPORTED'],
  ['allreduce', array, { reproducible: 1 }, 'ERR_ARGUMENT'],
  ['scan', array, { into: new Float64Array(7) }, 'ERR_COUNT'],
  ['reduceScatter', 3, {}, 'ERR_TYPE'],
  ['reduceScatter', new Float64Array(7), {}, 'ERR_COUNT'],
  ['reduceScatter', array, { counts: [2, 2, 2, 3] }, 'ERR_COUNT'],
  ['reduceScatter', array, { counts: [4, 4] }, 'ERR_COUNT'],
  ['reduceScatter', array, { counts: [-2, 4, 4, 2] }, 'ERR_COUNT'],
  ['reduceScatter', array, { counts: [0.5, 0.5, 4, 3] }, 'ERR_COUNT'],
  ['reduceScatter', array, { counts: 8 }, 'ERR_ARGUMENT'],
  ['reduceScatter', array, { into: new Float64Array(1) }, 'ERR_COUNT'],
  ['allgather', array, { counts: [8, 8, 8] }, 'ERR_COUNT'],
  ['allgather', array, { counts: [7, 7, 7, 7] }, 'ERR_COUNT'],
  ['allgather', 'text', { counts: [1, 1, 1, 1] }, 'ERR_TYPE'],
  ['allgather', 'text', { into: array }, 'ERR_TYPE'],
  ['allgather', array, { into: new Int8Array(64) }, 'ERR_TYPE'],
  ['allgather', array, { into: new Float64Array(31) }, 'ERR_COUNT'],
  ['allgather', array, { into: new Float64Array(31), counts: [8, 8, 8, 8] }, 'ERR_COUNT'],
  ['allgather', () => 0, {}, 'ERR_TYPE'],
  ['alltoall', new Float64Array(7), {}, 'ERR_COUNT'],
  ['alltoall', [1, 2, 3], {}, 'ERR_COUNT'],
  ['alltoall', 'text', {}, 'ERR_TYPE'],
  ['alltoall', array, { into: new Float64Array(7) }, 'ERR_COUNT'],
  ['alltoall', array, { sendCounts: [8, 8, 8, 8] }, 'ERR_COUNT'],
  ['alltoall', array, { sendCounts: [2, 2, 2, 2], into: new Float64Array(7) }, 'ERR_COUNT'],
  ['alltoall', array, { sendCounts: [2, 2, 2, 2], recvCounts: [3, 3, 3, 3] }, 'ERR_COUNT'],
  ['alltoall', [1, 2, 3, 4], { recvCounts: [1, 1, 1, 1] }, 'ERR_TYPE'],
];

describe('a call with a bad argument', () => {
  for (const [name, data, options, code] of refusals) {
    it(`${name} ${typeof data} ${Object.keys(options).join(' ')} is ${code} on every rank`, () => {
      assert.deepEqual(
        codes(name, size, () => [data, options]),
        everywhere(code),
      );
    });
  }

  it('names both numbers and the remedy', () => {
    const [outcome] = outcomes('allreduce', 2, () => [array, { into: new Float64Array(7) }]);
    assert.ok(outcome !== undefined && 'error' in outcome && outcome.error instanceof Error);
    assert.equal(
      outcome.error.message,
      '[ERR_COUNT] rank 0 allreduce on simulation: into has 7 elements, the result 8; pass an array of at least 8 elements',
    );
  });
});

describe('a rank that is alone at fault', () => {
  it('learns of an into that does not fit once the others have what they wait for', () => {
    for (const length of [8, 5000]) {
      const data = new Float64Array(length);
      const bad = [{ into: new Float64Array(length - 1) }, { into: new Int32Array(length) }] as const;
      for (const [index, fault] of bad.entries()) {
        const code = index === 0 ? 'ERR_COUNT' : 'ERR_TYPE';
        const only = (faulty: number) => ranksOf(size).map((rank) => (rank === faulty ? code : 'ok'));
        const broadcasts = codes('broadcast', size, (rank) => [rank === 0 ? data : undefined, rank === 2 ? fault : {}]);
        assert.deepEqual(broadcasts, only(2));
        const whole = new Float64Array(length * size);
        const scatters = codes('scatter', size, (rank) => [rank === 0 ? whole : undefined, rank === 3 ? fault : {}]);
        assert.deepEqual(scatters, only(3));
      }
      const short = { into: new Float64Array(length) };
      const gathers = codes('gather', size, (rank) => [data, rank === 1 ? { root: 1, ...short } : { root: 1 }]);
      assert.deepEqual(gathers, ['ok', 'ERR_COUNT', 'ok', 'ok']);
      const allgathers = codes('allgather', size, (rank) => [data, rank === 1 ? short : {}]);
      assert.deepEqual(allgathers, ['ok', 'ERR_COUNT', 'ok', 'ok']);
    }
  });

  it('with a value where the others pass arrays, or another type, is told so', () => {
    for (const odd of ['text', new Int32Array(2), { long: 'x'.repeat(5000) }, new Float32Array(5000)]) {
      const data = (rank: number) => (rank === 1 ? odd : array);
      assert.deepEqual(
        codes('allgather', size, (rank) => [data(rank)]),
        everywhere('ERR_MISMATCH'),
      );
      const gathers = codes('gather', size, (rank) => [data(rank)]);
      assert.equal(gathers[0], 'ERR_MISMATCH');
    }
  });

  it('whose array has another length than the others is ERR_MISMATCH, where it shows', () => {
    const told = codes('allreduce', 2, (rank) => [new Float64Array(4 + rank)]);
    assert.deepEqual(told, ['ERR_MISMATCH', 'ERR_MISMATCH']);
    const counted = codes('scatter', 2, (rank) => [
      rank === 0 ? new Int8Array(4) : undefined,
      { counts: rank === 0 ? [1, 3] : [2, 2] },
    ]);
    assert.deepEqual(counted, ['ok', 'ERR_MISMATCH']);
  });
});

it('a combine that gives anything but an element is ERR_OP, and names it', () => {
  for (const [data, wrong] of [
    [new Float64Array(2), 1n],
    [new BigInt64Array(2), 1],
    [new Int8Array(2), undefined],
    [new Int8Array(2), 'x'],
  ] as const) {
    const op = { name: 'wrong', commutative: true, combine: () => wrong };
    const [outcome] = outcomes('reduce', 2, () => [data, { op }]);
    assert.ok(outcome !== undefined && 'error' in outcome);
    assert.match(String(outcome.error), /\[ERR_OP\] rank 0 reduce on simulation: op 'wrong' combined two elements/);
  }
});
