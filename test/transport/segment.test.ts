import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RankState } from '../../runtime/transport/rank-status.ts';
import { Segment } from '../../runtime/transport/segment.ts';

for (const ranks of [1, 2, 3, 33, 64]) {
  test(`each lane of a segment of ${String(ranks)} ranks is its own, and found by its reader`, () => {
    const segment = Segment.create(ranks);
    const other = Segment.attach(segment.memory, ranks, segment.host);
    for (let from = 0; from <= ranks; from += 1) {
      for (let to = 0; to <= ranks; to += 1) {
        if ((from === ranks) === (to === ranks)) continue;
        assert.equal(segment.queue(from, to).tryWrite(Uint8Array.of(from, to)), true);
      }
    }
    for (let rank = 0; rank < ranks; rank += 1) {
      assert.equal(segment.output(rank).tryWrite(Uint8Array.of(1, rank)), true);
      assert.equal(segment.input(rank).tryWrite(Uint8Array.of(2, rank)), true);
    }
    for (let to = 0; to <= ranks; to += 1) {
      const seen: number[] = [];
      other.readyQueues(to, (from) => {
        const queue = other.queue(from, to);
        queue.tryRead((record) => {
          assert.deepEqual([...record], [from, to]);
        });
        assert.equal(queue.empty, true);
        seen.push(from);
      });
      assert.deepEqual(seen, to === ranks ? Array.from({ length: ranks }, (_, from) => from) : [ranks]);
      other.readyQueues(to, () => assert.fail('a queue that was emptied is not ready'));
    }
    const outputs: number[] = [];
    other.readyOutputs((rank) => {
      other.output(rank).tryRead((record) => outputs.push(record[1] ?? -1));
    });
    assert.deepEqual(
      outputs,
      Array.from({ length: ranks }, (_, rank) => rank),
    );
    for (let rank = 0; rank < ranks; rank += 1) {
      other.input(rank).tryRead((record) => {
        assert.deepEqual([...record], [2, rank]);
      });
    }
  });
}

test('a visit that throws makes nobody else be forgotten', () => {
  const segment = Segment.create(3);
  for (const from of [0, 1, 2]) segment.queue(from, 3).tryWrite(Uint8Array.of(from));
  assert.throws(() => {
    segment.readyQueues(3, (from) => {
      if (from === 1) assert.fail('stop');
    });
  }, /stop/u);
  const again: number[] = [];
  segment.readyQueues(3, (from) => again.push(from));
  assert.deepEqual(again, [1, 2]);
});

test('the first abort wins, and everyone can read it', () => {
  const segment = Segment.create(2);
  assert.equal(segment.aborted, false);
  assert.equal(segment.abort, null);
  assert.equal(segment.setAbort({ exitCode: 3, reason: 'no more flüx', rank: 1 }), true);
  assert.equal(segment.setAbort({ exitCode: 4, reason: 'late' }), false);
  const other = Segment.attach(segment.memory, 2, segment.host);
  assert.deepEqual(other.abort, { exitCode: 3, reason: 'no more flüx', rank: 1 });
  assert.ok(segment.epoch(segment.agent) > 0, 'the agent was woken');
});

test("a rank's status is seen through another attachment", () => {
  const segment = Segment.create(2);
  const status = segment.status(1);
  assert.equal(status.state, RankState.starting);
  status.exitCode = 13;
  status.reason = 2;
  status.state = RankState.over;
  const seen = Segment.attach(segment.memory, 2, segment.host).status(1);
  assert.deepEqual([seen.state, seen.exitCode, seen.reason], [RankState.over, 13, 2]);
  assert.equal(segment.status(0).state, RankState.starting);
});

test('a wake of the agent that comes between reading its wake word and sleeping is not lost', async () => {
  const segment = Segment.create(1);
  const seen = segment.epoch(segment.agent);
  segment.wake(segment.agent);
  assert.equal(segment.sleepAsync(segment.agent, seen), null);
  const now = segment.epoch(segment.agent);
  const sleep = segment.sleepAsync(segment.agent, now);
  assert.notEqual(sleep, null);
  segment.wake(segment.agent);
  await sleep;
  assert.equal(segment.epoch(segment.agent), now + 1);
});

test('a segment refuses a number of ranks that it cannot hold', () => {
  assert.throws(() => Segment.create(0), /1 to 64 ranks, not 0/u);
  assert.throws(() => Segment.create(65), /1 to 64 ranks, not 65/u);
  assert.throws(() => Segment.attach(Segment.create(1).memory, 2, Segment.create(2).host), /bytes/u);
});
