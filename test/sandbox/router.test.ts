import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { eagerBytesMax, eagerCreditBytes } from '../../runtime/core/limits.ts';
import { Router } from '../../runtime/sandbox/router.ts';
import { headerBytes, Kind } from '../../runtime/transport/header.ts';
import { createHeader, decodeHeader, encodeHeader } from '../../runtime/transport/header-codec.ts';
import { Mesh } from '../../runtime/transport/mesh/mesh.ts';
import { Segment } from '../../runtime/transport/segment.ts';

const limit = { timeout: 30_000 };
const epoch = 3;

interface Side {
  readonly segment: Segment;
  readonly router: Router;
  readonly mesh: Mesh;
  readonly errors: unknown[];
}

/** Rank 0 in one sandbox, ranks 1 and 2 in another, joined by a real link; the ranks are this test. */
async function withSides(body: (left: Side, right: Side) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tsmpi-t-'));
  const sandboxes = [
    { index: 0, firstRank: 0, ranks: 1 },
    { index: 1, firstRank: 1, ranks: 2 },
  ];
  const stop = new AbortController();
  const open = async (index: number, ranks: number): Promise<Side> => {
    const segment = Segment.create(ranks);
    const errors: unknown[] = [];
    const joined: { mesh?: Mesh } = {};
    const send = (to: number, ...parts: readonly Uint8Array[]): boolean => joined.mesh?.send(to, ...parts) ?? true;
    const want = (): void => undefined;
    const mine = { send, want, told: want };
    const router = new Router({ segment, sandboxes, sandbox: index, epoch, links: 'atOnce' }, mine);
    const mesh = await Mesh.listen(
      {
        ...{ meshId: 'm', epoch, index, sandboxes, secret: new Uint8Array(32), listener: 'auto', signal: stop.signal },
        links: 'atOnce',
        listenPath: path.join(directory, String(index)),
        log: () => undefined,
      },
      {
        frame: (from, frame) => {
          try {
            router.receive(from, frame);
          } catch (error) {
            errors.push(error);
          }
        },
        drain: (to) => {
          router.drained(to);
        },
        down: (sandbox) => {
          router.down(sandbox);
        },
      },
    );
    joined.mesh = mesh;
    return { segment, router, mesh, errors };
  };
  const left = await open(0, 1);
  const right = await open(1, 2);
  try {
    const roster = [left, right].map(({ mesh }, index) => ({ index, address: mesh.address }));
    await Promise.all([left.mesh.connect(roster), right.mesh.connect(roster)]);
    await body(left, right);
  } finally {
    await Promise.all([left.mesh.close(), right.mesh.close()]);
    await rm(directory, { recursive: true });
  }
}

function record(kind: Kind, source: number, destination: number, sequence: number, payloadBytes: number): Uint8Array {
  const header = { ...createHeader(kind), epoch, source, destination, sequence, payloadBytes, bytes: payloadBytes };
  return Buffer.concat([encodeHeader(header), new Uint8Array(payloadBytes).fill(sequence)]);
}

/** Sequence numbers that have come to a rank, by source, as its ring has them now. */
function take(segment: Segment, local: number): { kind: Kind; source: number; sequence: number }[] {
  const taken: { kind: Kind; source: number; sequence: number }[] = [];
  while (
    segment.queue(segment.agent, local).tryRead((bytes) => {
      const { kind, source, sequence } = decodeHeader(bytes.slice(0, headerBytes));
      assert.ok(bytes.subarray(headerBytes).every((byte) => byte === (sequence & 255)));
      taken.push({ kind, source, sequence });
    })
  );
  return taken;
}

test('records keep their order through a link that is full and a rank that does not read', limit, async () => {
  await withSides(async (left, right) => {
    const count = 400;
    const lane = left.segment.queue(0, left.segment.agent);
    // No turn of the event loop: the link cannot drain, and fills up.
    for (let sequence = 0; sequence < count; sequence += 1) {
      const bytes = record(Kind.data, 0, 1, sequence, 60_000);
      if (sequence % 8 === 0) while (left.router.poll());
      assert.ok(lane.tryWrite(bytes));
    }
    while (left.router.poll());
    assert.ok(left.router.isDrained(0));
    const got: number[] = [];
    while (got.length < count) {
      for (const { sequence } of take(right.segment, 0)) got.push(sequence);
      await turn();
      right.router.poll();
      if (right.errors.length > 0) break;
    }
    assert.deepEqual(right.errors, []);
    assert.deepEqual(
      got,
      Array.from({ length: count }, (_, index) => index),
    );
  });
});

test('a peer that sends more than its credit breaks the protocol, and memory stays bounded', limit, async () => {
  await withSides(async (left, right) => {
    const lane = left.segment.queue(0, left.segment.agent);
    const each = headerBytes + eagerBytesMax;
    // What the ring and the credit take, twice over.
    const count = Math.ceil((2 * (1024 * 1024 + eagerCreditBytes)) / each);
    for (let sequence = 0; sequence < count && right.errors.length === 0; sequence += 1) {
      while (!lane.tryWrite(record(Kind.eager, 0, 1, sequence, eagerBytesMax))) {
        left.router.poll();
        await turn();
      }
      left.router.poll();
    }
    while (right.errors.length === 0) await turn();
    assert.match(String(right.errors[0]), /ERR_PROTOCOL.*link from sandbox 0 to 1.*credit/);
    // The other rank of that sandbox is still reached.
    assert.ok(lane.tryWrite(record(Kind.eager, 0, 2, 7, 10)));
    left.router.poll();
    let other = take(right.segment, 1);
    while (other.length === 0) {
      await turn();
      other = take(right.segment, 1);
    }
    assert.deepEqual(other, [{ kind: Kind.eager, source: 0, sequence: 7 }]);
  });
});

test('a departure reaches every rank, behind what the departed rank has sent', limit, async () => {
  await withSides(async (left, right) => {
    assert.ok(left.segment.queue(0, left.segment.agent).tryWrite(record(Kind.eager, 0, 2, 1, 100)));
    left.router.poll();
    left.router.announceDeparture(0);
    const got = [take(right.segment, 0), take(right.segment, 1)];
    while (got.some((records) => records.at(-1)?.kind !== Kind.departed)) {
      await turn();
      for (const [local, records] of got.entries()) records.push(...take(right.segment, local));
    }
    assert.deepEqual(got, [
      [{ kind: Kind.departed, source: 0, sequence: 0 }],
      [
        { kind: Kind.eager, source: 0, sequence: 1 },
        { kind: Kind.departed, source: 0, sequence: 0 },
      ],
    ]);
    right.router.closeInbox(0);
    right.router.announceDeparture(0);
    assert.deepEqual(take(right.segment, 0), []);
    assert.deepEqual(take(right.segment, 1), [{ kind: Kind.departed, source: 1, sequence: 0 }]);
  });
});

test('a failure is told to the ranks of the own sandbox only', limit, async () => {
  await withSides(async (left, right) => {
    right.router.announceFailure(0);
    assert.deepEqual(take(right.segment, 0), [{ kind: Kind.failed, source: 0, sequence: 0 }]);
    assert.deepEqual(take(right.segment, 1), [{ kind: Kind.failed, source: 0, sequence: 0 }]);
    await turn();
    assert.deepEqual(take(left.segment, 0), []);
  });
});
