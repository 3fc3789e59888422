import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { Lane } from '../../runtime/transport/lane.ts';
import { Ring } from '../../runtime/transport/ring.ts';

function ring(capacityBytes: number): Ring {
  return new Ring(new SharedArrayBuffer(Ring.bytesFor(capacityBytes)), 0, capacityBytes);
}

test('any sequence of writes and reads gives the records of a plain queue', () => {
  const step = fc.oneof(fc.integer({ min: 0, max: 248 }), fc.constant('read' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.constantFrom(512, 1024), (steps, capacityBytes) => {
      const queue = ring(capacityBytes);
      const model: number[][] = [];
      let written = 0;
      for (const next of steps) {
        if (next === 'read') {
          const expected = model.shift();
          let seen: number[] | undefined;
          const took = queue.tryRead((record) => {
            assert.equal(record.byteOffset % 8, 0);
            seen = [...record];
          });
          assert.equal(took, expected !== undefined);
          assert.deepEqual(seen, expected);
        } else {
          const record = Array.from({ length: next }, (_, index) => (written * 7 + index) & 255);
          const half = next >> 1;
          if (queue.tryWrite(Uint8Array.from(record.slice(0, half)), Uint8Array.from(record.slice(half)))) {
            model.push(record);
            written += 1;
          } else {
            assert.notEqual(model.length, 0, 'an empty ring takes every record up to its maximum');
          }
        }
        assert.equal(queue.empty, model.length === 0);
      }
    }),
  );
});

test('a record of the maximum length fits an empty ring wherever its tail stands', () => {
  const queue = ring(256);
  for (let turn = 0; turn < 100; turn += 1) {
    assert.equal(queue.tryWrite(new Uint8Array(turn % 50)), true);
    assert.equal(
      queue.tryRead(() => undefined),
      true,
    );
    assert.equal(queue.tryWrite(new Uint8Array(queue.recordBytesMax).fill(turn)), true);
    assert.equal(
      queue.tryRead((record) => {
        assert.equal(record.byteLength, queue.recordBytesMax);
        assert.ok(record.every((byte) => byte === turn));
      }),
      true,
    );
  }
});

test('a record that could never fit is refused with both numbers', () => {
  assert.throws(() => ring(256).tryWrite(new Uint8Array(121)), /121 bytes.*up to 120/u);
  assert.throws(() => ring(250), /power of two/u);
  assert.throws(() => new Ring(new SharedArrayBuffer(1024), 4, 256), /multiple of 8/u);
});

test('counters that pass 2^32 bytes lose nothing', () => {
  const memory = new SharedArrayBuffer(Ring.bytesFor(256));
  const words = new Int32Array(memory);
  words[0] = -64;
  words[16] = -64;
  const queue = new Ring(memory, 0, 256);
  for (let turn = 0; turn < 40; turn += 1) {
    assert.equal(queue.tryWrite(Uint8Array.of(turn), Uint8Array.of(turn + 1)), true);
    queue.tryRead((record) => {
      assert.deepEqual([...record], [turn, turn + 1]);
    });
  }
});

test('a visit that throws leaves the record in the ring', () => {
  const queue = ring(256);
  queue.tryWrite(Uint8Array.of(7));
  assert.throws(() => queue.tryRead(() => assert.fail('no')), /no/u);
  queue.tryRead((record) => {
    assert.deepEqual([...record], [7]);
  });
});

test('a reader in another thread gets every record whole and in order', async () => {
  const capacityBytes = 4096;
  const memory = new SharedArrayBuffer(Ring.bytesFor(capacityBytes));
  // Plain JavaScript, because a thread in Node 20 has no loader of ours; it reads by the layout that ring.ts documents.
  const reader = new Worker(
    `const { parentPort, workerData: { memory, capacity, records } } = require('node:worker_threads');
     const control = new Int32Array(memory, 0, 48), words = new Int32Array(memory, 192), bytes = new Uint8Array(memory, 192);
     let head = 0, bad = 0;
     for (let record = 0; record < records; ) {
       if (Atomics.load(control, 0) === head) continue;
       let at = head & (capacity - 1);
       if (words[at >> 2] === -1) { head = (head + capacity - at) | 0; at = 0; }
       const length = words[at >> 2];
       if (length !== record % 501) bad += 1;
       for (let i = 0; i < length; i += 1) if (bytes[at + 8 + i] !== (record & 255)) bad += 1;
       head = (head + 8 + ((length + 7) & ~7)) | 0;
       Atomics.store(control, 16, head);
       record += 1;
     }
     parentPort.postMessage(bad);`,
    { eval: true, workerData: { memory, capacity: capacityBytes, records: 20_000 } },
  );
  const answer = new Promise((resolve, reject) => {
    reader.once('message', resolve);
    reader.once('error', reject);
  });
  const queue = new Ring(memory, 0, capacityBytes);
  const record = new Uint8Array(500);
  for (let index = 0; index < 20_000; index += 1) {
    record.fill(index & 255);
    while (!queue.tryWrite(record.subarray(0, index % 501)));
  }
  assert.equal(await answer, 0);
  await reader.terminate();
});

test('a full lane wakes its producer when there is space, and only a producer that asked', () => {
  const memory = new SharedArrayBuffer(1024 + 64);
  const rung: string[] = [];
  const ends = {
    words: new Int32Array(memory, 1024),
    readyWord: 0,
    readyBit: 1,
    wakeConsumer: () => rung.push('consumer'),
    wakeProducer: () => rung.push('producer'),
  };
  const lane = new Lane(memory, 0, 256, ends);
  while (lane.tryWrite(new Uint8Array(56)));
  assert.deepEqual(rung, ['consumer'], 'one wake for all records until the consumer has looked');
  lane.tryRead(() => undefined);
  assert.deepEqual(rung, ['consumer']);
  assert.equal(lane.writeOrAsk(new Uint8Array(56)), true);
  assert.equal(lane.writeOrAsk(new Uint8Array(56)), false);
  lane.tryRead(() => undefined);
  assert.deepEqual(rung, ['consumer', 'producer']);
  lane.tryRead(() => undefined);
  assert.deepEqual(rung, ['consumer', 'producer']);
});
