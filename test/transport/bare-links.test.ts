/** The links in a rank's hands, against a peer that is driven byte by byte: what is taken, and what is refused. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findKoffi } from '../../launcher/supervise/koffi.ts';
import { eagerBytesMax, eagerCreditBytes, pushBytesMax } from '../../runtime/core/limits.ts';
import { BareLinks, Handback } from '../../runtime/transport/bare/bare-links.ts';
import { alarmKey, type BareShare, BareWords, Holder } from '../../runtime/transport/bare/bare-share.ts';
import { Epoll, loadSocketCalls } from '../../runtime/transport/bare/socket-calls.ts';
import type { Header } from '../../runtime/transport/header.ts';
import { Kind } from '../../runtime/transport/header.ts';
import { decodeHeader } from '../../runtime/transport/header-codec.ts';
import { Segment } from '../../runtime/transport/segment.ts';
import { epoch, frameOf } from './mesh-party.ts';
import { webSocketFrame } from './raw-link.ts';

const found = findKoffi();
const koffi = 'path' in found ? found.path : '';

interface Side {
  readonly links: BareLinks;
  /** The other end of the link: sandbox 1, which has dialled. */
  readonly peer: Socket;
  readonly records: { readonly header: Header; readonly payload: Uint8Array }[];
  /** Where a long message is placed. */
  readonly place: Uint8Array;
  /** Writes as the peer, and reads until `done`. */
  readonly write: (bytes: Uint8Array, done: () => boolean) => Promise<void>;
  /** What the rank has told its agent of the link. */
  readonly handback: () => { readonly how: number; readonly first: Uint8Array; readonly second: Uint8Array } | null;
}

async function withSide(body: (side: Side) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bare-of-test-'));
  const server = createServer({ pauseOnConnect: true });
  server.listen(join(directory, 'a'));
  await once(server, 'listening');
  const peer = connect(join(directory, 'a'));
  const [own] = (await once(server, 'connection')) as [Socket & { _handle: { fd: number } }];
  const calls = loadSocketCalls(koffi);
  const [epoll, alarm] = [calls.createEpoll(), calls.createEvent()];
  calls.control(epoll, Epoll.add, alarm, Epoll.readable, alarmKey);
  const sandboxes = [0, 1].map((index) => ({ index, firstRank: index, ranks: 1 }));
  const words = new SharedArrayBuffer(BareWords.bytesFor(2));
  const share: BareShare = { words, koffi, epoll, alarm, sandboxes, sandbox: 0, epoch };
  const shared = new BareWords(words);
  shared.setDescriptor(1, own._handle.fd);
  shared.holder = Holder.offered;
  const segment = Segment.create(1);
  const records: Side['records'] = [];
  const place = new Uint8Array(200_000);
  const links = new BareLinks(share, segment, 0, {
    record: (header, payload, at) => {
      const copy = new Uint8Array(header.payloadBytes);
      if (at >= 0) payload.copyOut(copy, at, copy.length);
      else copy.set(place.subarray(header.offset, header.offset + copy.length));
      records.push({ header: { ...header }, payload: copy });
    },
    place: ({ offset, payloadBytes }) => place.subarray(offset, offset + payloadBytes),
  });
  const handback: Side['handback'] = () => {
    let result: ReturnType<Side['handback']> = null;
    segment.queue(0, segment.agent).tryRead((record) => {
      const { tag, bytes } = decodeHeader(record);
      const payload = record.slice(64);
      result = { how: tag, first: payload.subarray(0, bytes), second: payload.subarray(bytes) };
    });
    return result;
  };
  const write: Side['write'] = async (bytes, done) => {
    peer.write(bytes);
    while (!done()) {
      if (!links.poll()) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  try {
    await body({ links, peer, records, place, write, handback });
  } finally {
    peer.destroy();
    own.destroy();
    server.close();
    await rm(directory, { recursive: true });
  }
}

const eager = (sequence: number, payload: number): Uint8Array =>
  frameOf({ kind: Kind.eager, source: 1, destination: 0, sequence }, payload);
const binary = { opcode: 2, isFinal: true } as const;
const skip = koffi === '' ? 'koffi is not installed' : false;

test('frames come whole and in order, however the bytes fall', { skip, timeout: 30_000 }, async () => {
  await withSide(async ({ records, write }) => {
    const sizes = [0, 1, 61, 62, 3000, eagerBytesMax];
    const stream = Buffer.concat(sizes.map((size, nth) => webSocketFrame(eager(nth + 1, size), binary)));
    for (let at = 0; at < 300; at += 1) await write(stream.subarray(at, at + 1), () => true);
    await write(stream.subarray(300), () => records.length === sizes.length);
    assert.deepEqual(
      records.map(({ header, payload }) => [header.sequence, payload.length]),
      sizes.map((size, nth) => [nth + 1, size]),
    );
    for (const { payload } of records) assert.ok(payload.every((byte, at) => byte === ((at + 64) & 0xff)));
  });
});

test('a ping is answered, and a frame of another epoch is dropped', { skip, timeout: 30_000 }, async () => {
  await withSide(async ({ peer, records, write }) => {
    const other = frameOf({ kind: Kind.eager, source: 1, destination: 0, sequence: 1, epoch: epoch + 1 }, 5);
    const ping = webSocketFrame(Buffer.from('there?'), { opcode: 9, isFinal: true });
    const answer = once(peer, 'data');
    const all = Buffer.concat([webSocketFrame(other, binary), ping, webSocketFrame(eager(2, 1), binary)]);
    await write(all, () => records.length === 1);
    assert.equal(records[0]?.header.sequence, 2);
    const [pong] = (await answer) as [Buffer];
    assert.deepEqual([...pong], [0x8a, 6, ...Buffer.from('there?')]);
  });
});

const tooMuch = Math.floor(eagerCreditBytes / (64 + eagerBytesMax)) + 1;
/** Of a message that begins unasked. */
function announcement(unasked: number): Uint8Array {
  return webSocketFrame(frameOf({ kind: Kind.announce, source: 1, bytes: 2 ** 20, offset: unasked }, 0), binary);
}
const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['text', webSocketFrame(eager(1, 0), { opcode: 1, isFinal: true }), /text/],
  ['a message in pieces', webSocketFrame(eager(1, 0), { opcode: 2, isFinal: false }), /pieces/],
  ['a mask other than zero', webSocketFrame(eager(1, 0), { ...binary, mask: Uint8Array.of(1, 2, 3, 4) }), /mask/],
  ['a frame that is too long', webSocketFrame(new Uint8Array(70_000), binary), /70000 bytes, at most/],
  ['bytes that are no frame', webSocketFrame(new Uint8Array(64), binary), /magic/],
  ['data that nobody asked for', webSocketFrame(frameOf({ kind: Kind.data, source: 1 }, 9), binary), /credit/],
  [
    'more than was to follow unasked',
    Buffer.concat([announcement(9), webSocketFrame(frameOf({ kind: Kind.data, source: 1 }, 10), binary)]),
    /credit/,
  ],
  ['more unasked than the credit', Buffer.concat([1, 2].map(() => announcement(pushBytesMax))), /credit/],
  [
    'more than the credit',
    Buffer.concat(Array.from({ length: tooMuch }, () => webSocketFrame(eager(1, eagerBytesMax), binary))),
    /credit/,
  ],
];
for (const [what, bytes, words] of refused) {
  test(`${what} ends the link, in words`, { skip, timeout: 30_000 }, async () => {
    await withSide(async ({ write, handback }) => {
      let end: ReturnType<Side['handback']> = null;
      await write(bytes, () => (end = handback()) !== null);
      const { how, first, second } = end as unknown as NonNullable<ReturnType<Side['handback']>>;
      assert.equal(how, Handback.refused);
      assert.match(Buffer.concat([first, second]).toString(), words);
    });
  });
}

test('what a rank leaves in the middle of a long message is a frame again', { skip, timeout: 30_000 }, async () => {
  await withSide(async ({ links, records, write, handback }) => {
    const lane = links.laneTo(1);
    assert.ok(lane);
    const pull = decodeHeader(frameOf({ kind: Kind.pull, source: 0, destination: 1, sequence: 7, bytes: 60_000 }));
    assert.equal(lane.tryPost({ ...pull, payloadBytes: 0 }, null), true);
    const data = frameOf({ kind: Kind.data, source: 1, destination: 0, sequence: 7, bytes: 60_000 }, 60_000);
    const all = webSocketFrame(data, binary);
    const here = (): number => records.reduce((sum, { payload }) => sum + payload.length, 0);
    await write(all.subarray(0, 50_000), () => here() === 50_000 - (all.length - 60_000));
    links.handBack();
    const left = handback();
    assert.equal(left?.how, Handback.whole);
    const rest = Buffer.from(left.second);
    const header = decodeHeader(rest.subarray(rest.length - 64));
    assert.equal(header.offset, here());
    assert.equal(header.payloadBytes, 60_000 - here());
    assert.equal(links.held, false);
  });
});
