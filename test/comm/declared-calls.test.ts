/** The types promise what exists, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectiveMethods } from '../../collectives/index.ts';
import { type Collectives, Communicator, type PointToPoint, self } from '../../runtime/index.ts';

/** A key too few or too many does not compile. */
const collectives: Record<keyof Collectives, true> = {
  barrier: true,
  broadcast: true,
  reduce: true,
  allreduce: true,
  sumExact: true,
  allreduceLocation: true,
  gather: true,
  allgather: true,
  scatter: true,
  alltoall: true,
  reduceScatter: true,
  scan: true,
  exscan: true,
};
const pointToPoint: Record<keyof PointToPoint, true> = {
  send: true,
  recv: true,
  sendrecv: true,
  probe: true,
  tryProbe: true,
};

test('the declared collectives are those that are built', () => {
  assert.deepEqual(collectiveMethods.map(({ name }) => name).sort(), Object.keys(collectives).sort());
});

test('every declared call is a method of the communicator and of its blocking twin', () => {
  for (const name of [...Object.keys(collectives), ...Object.keys(pointToPoint)]) {
    assert.equal(typeof Reflect.get(Communicator.prototype, name), 'function', name);
    assert.equal(typeof Reflect.get(self.sync, name), 'function', `sync.${name}`);
  }
});
