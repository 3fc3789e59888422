import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ANY_SOURCE, ANY_TAG } from '../../runtime/comm/constants.ts';
import { type Arrival, Matching, type Posted } from '../../runtime/comm/matching.ts';

interface Item {
  readonly id: number;
  readonly context: number;
  readonly source: number;
  readonly tag: number;
  order: number;
}
type TestArrival = Item & Arrival;
type TestPosted = Item & Posted;

/** MPI's rule, as plainly as it can be said: two lists, searched from the front. */
class Model {
  arrived: Item[] = [];
  posted: Item[] = [];

  arrive(message: Item): number | null {
    const index = this.posted.findIndex((receive) => wants(receive, message));
    if (index < 0) this.arrived.push(message);
    return index < 0 ? null : (this.posted.splice(index, 1)[0]?.id ?? null);
  }
  post(receive: Item): number | null {
    const index = this.arrived.findIndex((message) => wants(receive, message));
    if (index < 0) this.posted.push(receive);
    return index < 0 ? null : (this.arrived.splice(index, 1)[0]?.id ?? null);
  }
  cancel(id: number): void {
    this.posted = this.posted.filter((receive) => receive.id !== id);
  }
}

function wants(receive: Item, message: Item): boolean {
  return (
    receive.context === message.context &&
    (receive.source === ANY_SOURCE || receive.source === message.source) &&
    (receive.tag === ANY_TAG || receive.tag === message.tag)
  );
}

const context = fc.constantFrom(0, 1);
const step = fc.oneof(
  fc.record({ kind: fc.constant('arrive'), context, source: fc.nat(2), tag: fc.nat(2) }),
  fc.record({
    kind: fc.constant('post'),
    context,
    source: fc.integer({ min: ANY_SOURCE, max: 2 }),
    tag: fc.integer({ min: ANY_TAG, max: 2 }),
  }),
  fc.record({ kind: fc.constant('cancel'), context, source: fc.nat(60), tag: fc.constant(0) }),
);

test('receives and messages meet as in two lists searched from the front', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      const matching = new Matching<TestArrival, TestPosted>();
      const receives: TestPosted[] = [];
      for (const [id, { kind, context, source, tag }] of steps.entries()) {
        const item = { id, context, source, tag, order: 0, previous: null, next: null, chain: null };
        if (kind === 'arrive') {
          matching.numberArrival(item);
          const receive = matching.match(context, source, tag);
          if (receive === null) matching.keep(item);
          assert.equal(receive?.id ?? null, model.arrive(item));
        } else if (kind === 'post') {
          matching.numberPosted(item);
          const message = matching.find(context, source, tag);
          if (message === null) matching.post(item);
          else matching.remove(message);
          receives.push(item);
          assert.equal(message?.id ?? null, model.post(item));
        } else {
          const receive = receives[source % Math.max(receives.length, 1)];
          if (receive === undefined) continue;
          matching.remove(receive);
          model.cancel(receive.id);
        }
      }
      const left = matching.takePosted(() => true).map(({ id }) => id);
      assert.deepEqual(left.sort(), model.posted.map(({ id }) => id).sort());
      const kept = matching.takeArrived(() => true).map(({ id }) => id);
      assert.deepEqual(kept.sort(), model.arrived.map(({ id }) => id).sort());
    }),
    { numRuns: 1000 },
  );
});

test('a message or a receive that comes back takes its old place', () => {
  const matching = new Matching<TestArrival, TestPosted>();
  const item = (id: number): TestArrival & TestPosted => ({
    ...{ id, context: 0, source: 1, tag: 5, order: 0 },
    ...{ previous: null, next: null, chain: null },
  });
  const messages = [1, 2, 3].map(item);
  for (const message of messages) {
    matching.numberArrival(message);
    matching.keep(message);
  }
  const second = messages[1];
  assert.ok(second !== undefined);
  matching.remove(second);
  matching.keep(second);
  const order = [1, 2, 3].map(() => {
    const found = matching.find(0, ANY_SOURCE, ANY_TAG);
    if (found !== null) matching.remove(found);
    return found?.id;
  });
  assert.deepEqual(order, [1, 2, 3]);
});
