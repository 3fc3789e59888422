import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { choose, useCores, useRules } from '../../collectives/choose.ts';
import { shippedSizes, tileBytesOf } from '../../collectives/shared/tuning.ts';
import { shippedTable } from '../../collectives/table.ts';
import { type Tuning, tuningOf, tuningVersion, useTuning } from '../../collectives/tuning.ts';

const machine = { processor: 'a processor', cores: 2 };
const empty: Tuning = { version: tuningVersion, machine, algorithms: {}, shared: {} };
const facts = { size: 8, bytes: 2 ** 20, commutative: true, even: true };

afterEach(() => {
  useTuning(empty);
  useCores(false);
});

test('what is shipped is itself a tuning', () => {
  const shipped = { ...empty, algorithms: shippedTable, shared: shippedSizes };
  assert.deepEqual(tuningOf(JSON.parse(JSON.stringify(shipped))), shipped);
});

test('rules of a tuning come before the shipped ones, which decide what it leaves open', () => {
  const shipped = choose('allreduce', facts).name;
  const rules = [{ algorithm: 'ring', ranksMax: 8, bytesMax: 2 ** 20 }];
  useTuning(tuningOf({ ...empty, algorithms: { allreduce: rules } }));
  assert.equal(choose('allreduce', facts).name, 'ring');
  assert.equal(choose('allreduce', { ...facts, size: 16 }).name, shipped);
  assert.equal(choose('allreduce', { ...facts, bytes: 2 ** 20 + 1 }).name, shipped);
  useTuning(empty);
  assert.equal(choose('allreduce', facts).name, shipped);
});

test('a rule whose algorithm cannot do the call is passed over', () => {
  useRules({ allreduce: [{ algorithm: 'ring' }], reduceScatter: [{ algorithm: 'recursive-halving' }] });
  assert.equal(choose('allreduce', facts).name, 'ring');
  assert.equal(choose('allreduce', { ...facts, commutative: false }).commutativeOnly, false);
  assert.equal(choose('reduceScatter', { ...facts, commutative: false }).commutativeOnly, false);
});

test('a rule for ranks that outnumber the cores counts only there', () => {
  assert.notEqual(choose('allreduce', facts).name, 'tree');
  useCores(true);
  assert.equal(choose('allreduce', facts).name, 'tree');
  useRules({ allreduce: [{ algorithm: 'ring', crowded: true }] });
  assert.equal(choose('allreduce', facts).name, 'ring');
  useCores(false);
  assert.equal(choose('allreduce', facts).name, 'rabenseifner');
});

test('sizes of a tuning stand in for the shipped ones, one by one', () => {
  useTuning(tuningOf({ ...empty, shared: { tile: 65536 } }));
  assert.equal(tileBytesOf(2, false), 65536);
  assert.equal(tileBytesOf(8, true), shippedSizes.crowdedTile);
  useTuning(tuningOf({ ...empty, shared: { manyRanksTile: 64 } }));
  assert.equal(tileBytesOf(32, true), 32 * 64, 'a tile has room for a piece of everybody');
});

for (const [part, line] of [
  [{ shared: [] }, /^shared is no object$/],
  [{ version: 2 }, /^its version is 2, not 1$/],
  [{ more: 1 }, /^more is no part of a tuning file$/],
  [{ machine: { processor: 'p', cores: 0 } }, /^machine\.cores is 0, not a whole number from 1 to \d+$/],
  [{ algorithms: { gossip: [] } }, /^algorithms\.gossip: no such collective; there are barrier, /],
  [{ algorithms: { scan: [{ algorithm: 'ring' }] } }, /^algorithms\.scan\[0\]\.algorithm is "ring", which is none of /],
  [{ algorithms: { scan: [{ algorithm: 'chain', bytesMax: -1 }] } }, /^algorithms\.scan\[0\]\.bytesMax is -1, not /],
  [{ algorithms: { scan: [{ algorithm: 'chain', bytes: 1 }] } }, /^algorithms\.scan\[0\]\.bytes is no part of a rule$/],
  [{ algorithms: { scan: { algorithm: 'chain' } } }, /^algorithms\.scan is not a list of at most \d+ rules$/],
  [
    { algorithms: { scan: [{ algorithm: 'chain', crowded: false }] } },
    /^algorithms\.scan\[0\]\.crowded is false; it is /,
  ],
  [{ shared: { title: 64 } }, /^shared\.title: no such size; there are tile, /],
  [{ shared: { tile: 100 } }, /^shared\.tile is 100, not a multiple of 64$/],
  [{ shared: { tile: '64K' } }, /^shared\.tile is "64K", not a whole number from 64 to \d+$/],
] as const) {
  test(`a tuning with ${JSON.stringify(part)} is refused in words`, () => {
    assert.throws(() => tuningOf({ ...empty, ...part }), { message: line });
  });
}
