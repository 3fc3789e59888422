import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NumericArray } from '../../runtime/core/api.ts';
import { elementConstructors } from '../../runtime/core/element-constructors.ts';
import { Sleeper } from '../../runtime/transport/bedsides.ts';
import { Flag, type Header, Kind } from '../../runtime/transport/header.ts';
import { createHeader } from '../../runtime/transport/header-codec.ts';
import { HostSegment } from '../../runtime/transport/host-segment.ts';
import type { PairLane } from '../../runtime/transport/pair-lane.ts';
import { Taken } from '../../runtime/transport/parcel.ts';

interface Ends {
  readonly producer: PairLane;
  readonly consumer: PairLane;
  /** Both threads' views of the segment. */
  readonly hosts: readonly [HostSegment, HostSegment];
}

/** Both ends of the lane from rank 0 to rank 1, as two threads would have them. */
function ends(ranks = 2): Ends {
  const here = HostSegment.create(ranks);
  const there = HostSegment.attach(here.shared);
  const producer = here.openLane(0, 1, here.heap());
  const consumer = there.laneFrom(0, 1);
  assert.ok(producer !== null && consumer !== null);
  return { producer, consumer, hosts: [here, there] };
}

function record(kind: Kind, number: number, payload: Uint8Array): Header {
  return {
    ...createHeader(kind),
    tag: number,
    communicator: 4,
    format: 2,
    sequence: number,
    bytes: payload.length,
    payloadBytes: payload.length,
  };
}

/** Whose every word looks like a record that is there. */
function confusing(bytes: number, seed: number): Uint8Array {
  const words = new Int32Array(Math.ceil(bytes / 4)).fill((1 << 28) | (seed % 64));
  return new Uint8Array(words.buffer, 0, bytes);
}

/** Takes the oldest record; undefined when there is none. */
function take(lane: PairLane): { header: Header; payload: Uint8Array } | undefined {
  const header = createHeader();
  const at = lane.next(header);
  if (at < 0) return undefined;
  const payload = new Uint8Array(header.payloadBytes);
  lane.copyOut(payload, at, payload.length);
  lane.consume();
  return { header, payload };
}

for (const ranks of [2, 9]) {
  test(`what is posted comes out, in order and whole, whatever it looks like (${String(ranks)} ranks)`, () => {
    const step = fc.record({
      bytes: fc.nat({ max: ranks === 2 ? 65_536 : 16_000 }),
      short: fc.boolean(),
      takes: fc.nat({ max: 3 }),
    });
    const { producer, consumer } = ends(ranks);
    let posted = 0;
    let taken = 0;
    const waiting: { kind: Kind; number: number; payload: Uint8Array }[] = [];
    const check = (): void => {
      const expected = waiting.shift();
      const found = take(consumer);
      assert.equal(found === undefined, expected === undefined);
      if (found === undefined || expected === undefined) return;
      assert.equal(found.header.kind, expected.kind);
      assert.equal(found.header.tag, expected.number);
      assert.equal(found.header.bytes, expected.payload.length);
      assert.ok(Buffer.compare(found.payload, expected.payload) === 0);
      taken += 1;
    };
    // One lane for all runs: it goes round many times.
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        for (const { bytes, short, takes } of steps) {
          const payload = confusing(short ? bytes % 100 : bytes, posted);
          const kind = short ? Kind.eager : Kind.data;
          if (producer.tryPost(record(kind, posted, payload), payload)) {
            waiting.push({ kind, number: posted, payload });
            posted += 1;
          }
          for (let count = 0; count < takes; count += 1) check();
        }
      }),
    );
    while (waiting.length > 0) check();
    check();
    assert.equal(taken, posted);
    assert.equal(consumer.ready, false);
  });
}

test('everything that a header says is there, whatever its kind', () => {
  const { producer, consumer } = ends();
  for (const kind of Object.values(Kind)) {
    const sent: Header = {
      ...record(kind, 7, new Uint8Array(0)),
      flags: Flag.synchronous,
      epoch: 3,
      signature: 99,
      bytes: 2 ** 40 + 1,
      offset: 2 ** 33 + 5,
      sequence: 2 ** 50 + 3,
    };
    assert.ok(producer.tryPost(sent, null));
    assert.deepEqual(take(consumer)?.header, sent);
  }
});

test('a full lane takes nothing more, and wakes who waits for room', () => {
  const { producer, consumer, hosts } = ends();
  const payload = new Uint8Array(10_000);
  let posted = 0;
  while (producer.tryPost(record(Kind.data, posted, payload), payload)) posted += 1;
  assert.ok(posted > 10);
  producer.wantSpace();
  assert.equal(producer.tryPost(record(Kind.data, posted, payload), payload), false);
  const seen = hosts[0].bedsides.announceSleep(0, Sleeper.thread);
  for (let count = 0; count < posted; count += 1) assert.equal(take(consumer)?.header.tag, count);
  assert.equal(hosts[0].bedsides.sleepAsync(0, seen), null, 'it was woken');
  assert.ok(producer.tryPost(record(Kind.data, posted, payload), payload));
});

test('a post wakes the reader that sleeps, once for each announcement', () => {
  const { producer, hosts } = ends();
  const payload = new Uint8Array(8);
  const before = hosts[1].bedsides.announceSleep(1, Sleeper.thread);
  producer.tryPost(record(Kind.eager, 0, payload), payload);
  assert.equal(hosts[1].bedsides.sleepAsync(1, before), null);
  const epoch = hosts[1].bedsides.announceSleep(1, Sleeper.thread);
  hosts[1].bedsides.cancelSleep(1, Sleeper.thread);
  producer.tryPost(record(Kind.eager, 1, payload), payload);
  assert.equal(hosts[1].bedsides.announceSleep(1, Sleeper.thread), epoch, 'nobody slept, nothing was touched');
});

test('a rank may write to itself while it reads', () => {
  const host = HostSegment.create(1);
  const lane = host.openLane(0, 0, host.heap());
  assert.ok(lane !== null);
  assert.equal(host.laneFrom(0, 0), lane);
  const header = createHeader();
  const first = Uint8Array.of(1, 2, 3);
  const second = new Uint8Array(5000).fill(9);
  lane.tryPost(record(Kind.eager, 1, first), first);
  const at = lane.next(header);
  lane.tryPost(record(Kind.eager, 2, second), second);
  const payload = new Uint8Array(3);
  lane.copyOut(payload, at, 3);
  assert.deepEqual(payload, first);
  lane.consume();
  assert.deepEqual(take(lane)?.payload, second);
  assert.equal(take(lane), undefined);
});

test('an array is taken straight when it is the one that is asked for, and left where it is when not', () => {
  const { producer, consumer } = ends();
  for (const [index, Type] of elementConstructors.entries()) {
    const format = index + 1;
    for (const length of [0, 1, 3, 16, 17, 100, 1500]) {
      const sent: NumericArray = new Type(length);
      const bytes = new Uint8Array(sent.buffer);
      // Every bit counts, those of NaNs too.
      bytes.forEach((_, at) => (bytes[at] = 255 - (at % 3)));
      const parcel = { communicator: 6, tag: 5, format, array: sent, length };
      assert.equal(consumer.takeArray({ ...parcel }), Taken.nothing);
      assert.ok(producer.tryPostArray(parcel));
      const into = new Type(length + 2);
      const wanted = { ...parcel, array: into, length: length + 2 };
      assert.equal(consumer.takeArray({ ...wanted, communicator: 4 }), Taken.other, 'of another communicator');
      assert.equal(consumer.takeArray({ ...wanted, tag: 4 }), Taken.other, 'of another tag');
      assert.equal(consumer.takeArray({ ...wanted, format: (format % 11) + 1 }), Taken.other, 'of another type');
      if (length > 0) assert.equal(consumer.takeArray({ ...wanted, length: length - 1 }), Taken.other, 'too long');
      wanted.tag = index % 2 === 0 ? 5 : -1;
      assert.equal(consumer.takeArray(wanted), Taken.all);
      assert.deepEqual([wanted.tag, wanted.length], [5, length]);
      assert.ok(Buffer.compare(new Uint8Array(into.buffer, 0, sent.byteLength), bytes) === 0, Type.name);
    }
  }
  const control = record(Kind.matched, 0, new Uint8Array(0));
  producer.tryPost(control, null);
  const wanted = { communicator: 6, tag: 5, format: 2, array: new Uint8Array(9), length: 9 };
  assert.equal(consumer.takeArray(wanted), Taken.other, 'no message at all');
});

test('a lane in memory that was used before is empty', () => {
  const host = HostSegment.create(2);
  const heap = host.heap();
  const bytes = 300 * 1024;
  const offset = heap.allocate(bytes);
  host.words.fill(-1, offset / 4, (offset + bytes) / 4);
  heap.free(offset, bytes);
  const lane = host.openLane(1, 0, heap);
  assert.equal(host.laneFrom(1, 0)?.ready, false);
  assert.ok(lane?.tryPost(record(Kind.eager, 3, Uint8Array.of(1)), Uint8Array.of(1)));
  const reader = HostSegment.attach(host.shared).laneFrom(1, 0);
  assert.ok(reader !== null);
  assert.deepEqual(take(reader)?.payload, Uint8Array.of(1));
  assert.equal(take(reader), undefined);
});
