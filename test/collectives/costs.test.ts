import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Algorithm, Collective, Cost, Steps } from '../../collectives/algorithm.ts';
import { packed, uniform } from '../../collectives/layout.ts';
import { algorithms } from '../../collectives/manifest.ts';
import { type Model, simulate } from '../../collectives/simulate.ts';
import { addArrays, sizes } from './matrix.ts';

const tag = 0;
const root = 0;
const elementBytes = 4;

/** The steps of one rank of each collective, on a vector (or all pieces together) of `count` elements. */
const stepsOf: { [C in Collective]: (algorithm: Algorithm<C>, rank: number, size: number, count: number) => Steps } = {
  barrier: (algorithm, rank, size) => algorithm.steps({ rank, size, tag }),
  broadcast: (algorithm, rank, size, count) =>
    algorithm.steps({ rank, size, tag, root, vector: new Int32Array(count) }),
  reduce: (algorithm, rank, size, count) =>
    algorithm.steps({ rank, size, tag, root, vector: new Int32Array(count), combine: addArrays, commutative: true }),
  allreduce: (algorithm, rank, size, count) =>
    algorithm.steps({ rank, size, tag, vector: new Int32Array(count), combine: addArrays, commutative: true }),
  scan: (algorithm, rank, size, count) =>
    algorithm.steps({
      rank,
      size,
      tag,
      vector: new Int32Array(count),
      combine: addArrays,
      commutative: true,
      exclusive: false,
    }),
  reduceScatter: (algorithm, rank, size, count) =>
    algorithm.steps({
      rank,
      size,
      tag,
      layout: uniform(size, count / size),
      vector: new Int32Array(count),
      own: new Int32Array(count / size),
      combine: addArrays,
      commutative: true,
    }),
  gather: (algorithm, rank, size, count) =>
    algorithm.steps({
      rank,
      size,
      tag,
      root,
      layout: uniform(size, count / size),
      own: new Int32Array(count / size),
      all: rank === root ? new Int32Array(count) : null,
    }),
  scatter: (algorithm, rank, size, count) =>
    algorithm.steps({
      rank,
      size,
      tag,
      root,
      layout: uniform(size, count / size),
      own: new Int32Array(count / size),
      all: rank === root ? new Int32Array(count) : null,
    }),
  allgather: (algorithm, rank, size, count) =>
    algorithm.steps({ rank, size, tag, layout: uniform(size, count / size), all: new Int32Array(count) }),
  alltoall: (algorithm, rank, size, count) => {
    const layout = packed(new Array<number>(size).fill(count / size));
    return algorithm.steps({
      rank,
      size,
      tag,
      input: new Int32Array(count),
      inputLayout: layout,
      output: new Int32Array(count),
      outputLayout: layout,
    });
  },
};

function check(size: number, count: number, cost: Cost, run: (model: Model) => ReturnType<typeof simulate>): void {
  const powerOfTwo = (size & (size - 1)) === 0;
  const { messages, bytes, time: rounds } = run({ alpha: 1, beta: 0, gamma: 0 });
  assert.equal(messages, cost.messages, `messages at ${size} ranks, ${count} elements`);
  assert.equal(bytes, cost.bytes, `bytes at ${size} ranks, ${count} elements`);
  const pathBytes = run({ alpha: 0, beta: 1, gamma: 0 }).time;
  const pathReduced = run({ alpha: 0, beta: 0, gamma: 1 }).time;
  for (const [what, came, due] of [
    ['rounds', rounds, cost.rounds],
    ['bytes on the path', pathBytes, cost.pathBytes],
    ['bytes reduced on the path', pathReduced, cost.pathReduced],
  ] as const) {
    assert.ok(came <= due + 1e-6, `${what} at ${size} ranks, ${count} elements: ${came}, at most ${due} promised`);
    if (powerOfTwo && what !== 'bytes reduced on the path') {
      assert.ok(came >= due - 1e-6, `${what} at ${size} ranks, ${count} elements: ${came}, ${due} promised`);
    }
  }
}

describe('an algorithm', () => {
  for (const [collective, list] of Object.entries(algorithms) as [Collective, readonly Algorithm<Collective>[]][]) {
    for (const algorithm of list) {
      it(`(${collective} ${algorithm.name}) sends the messages and bytes that its cost says, and takes no longer`, () => {
        // The key and the list belong together; a union of pairs cannot say so.
        const steps = stepsOf[collective] as (typeof stepsOf)['barrier'];
        for (const size of sizes) {
          // 240 is divisible by every power of two below 16 and by 3 and 5; times `size`, by all there is to divide by.
          for (const count of [0, 240 * size, 16 * 2000 * size]) {
            const cost = algorithm.cost(size, count * elementBytes);
            check(size, count, cost, (model) =>
              simulate(size, (rank) => steps(algorithm as Algorithm<'barrier'>, rank, size, count), model),
            );
          }
        }
      });
    }
  }
});
