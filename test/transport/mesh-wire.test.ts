import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { eagerBytesMax, frameBytesMax } from '../../runtime/core/limits.ts';
import { Kind } from '../../runtime/transport/header.ts';
import { frameOf, type Party, withParty } from './mesh-party.ts';
import { openRawLink, type RawLink, webSocketFrame } from './raw-link.ts';

const timeout = 40_000;
const binary = { opcode: 2, isFinal: true } as const;

/** Opens links from sandbox 1, 2, 3 … to the mesh of sandbox 0, one after the other: each is let in once. */
async function withLinks(
  listener: 'auto' | 'ws',
  count: number,
  body: (open: () => Promise<RawLink>, party: Party) => Promise<void>,
): Promise<void> {
  await withParty(count + 1, async (party) => {
    await party.listen(0, listener);
    let from = 0;
    const links: RawLink[] = [];
    const open = async (): Promise<RawLink> => {
      from += 1;
      const link = await openRawLink(party.roster[0]?.address ?? '', from);
      links.push(link);
      return link;
    };
    try {
      await body(open, party);
    } finally {
      for (const { socket } of links) socket.destroy();
    }
  });
}

/** Cuts `bytes` at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [...new Set(places.map((place) => place % bytes.length))].filter((edge) => edge > 0);
  edges.sort((left, right) => left - right);
  return [0, ...edges].map((edge, nth) => bytes.subarray(edge, edges[nth] ?? bytes.length));
}

function downOf(party: Party, index: number) {
  return party.events.when((event) => event.is === 'down' && event.index === index);
}

for (const listener of ['auto', 'ws'] as const) {
  describe(`the bytes of a link that ${listener} accepts`, () => {
    test('mean the same frames however they are cut into WebSocket frames and writes', { timeout }, () =>
      withLinks(listener, 1, async (open, party) => {
        const { socket } = await open();
        let sequence = 0;
        const lengths = fc.array(fc.oneof(fc.nat(200), fc.nat(eagerBytesMax)), { minLength: 1, maxLength: 5 });
        const places = fc.array(fc.nat(100_000), { maxLength: 6 });
        await fc.assert(
          fc.asyncProperty(lengths, places, places, fc.uint8Array({ minLength: 4, maxLength: 4 }), async (...cuts) => {
            const [payloads, fragments, writes, mask] = cuts;
            party.events.seen.length = 0;
            const sent = payloads.map((length) => {
              sequence += 1;
              return frameOf({ kind: Kind.eager, source: 2, destination: 1, sequence }, length);
            });
            const wire = sent.flatMap((frame) => {
              const pieces = cut(frame, fragments);
              return pieces.map((piece, nth) => {
                const opcode = nth === 0 ? 2 : 0;
                return webSocketFrame(piece, { opcode, isFinal: nth === pieces.length - 1, mask });
              });
            });
            for (const piece of cut(Buffer.concat(wire), writes)) {
              await new Promise<void>((resolve, reject) => {
                socket.write(piece, (error) => (error ? reject(error) : resolve()));
              });
            }
            await party.events.times(sent.length, ({ is }) => is === 'frame');
            const came = party.events.seen.flatMap((event) => (event.is === 'frame' ? [event.frame] : []));
            assert.equal(Buffer.compare(Buffer.concat(came), Buffer.concat(sent)), 0);
          }),
          { numRuns: 60 },
        );
      }),
    );

    test('end the link where a WebSocket frame is longer than any of ours', { timeout }, () => {
      const lengths = [frameBytesMax + 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
      return withLinks(listener, lengths.length, async (open, party) => {
        for (const [nth, length] of lengths.entries()) {
          const { socket, closed } = await open();
          socket.write(webSocketFrame(new Uint8Array(16), { ...binary, length }));
          const event = await downOf(party, nth + 1);
          assert.ok(event.is === 'down' && event.error !== null, `${String(length)} bytes`);
          await closed;
        }
        assert.ok(!party.events.seen.some(({ is }) => is === 'frame'));
      });
    });

    test('end the link where pieces of a message never end', { timeout }, () =>
      withLinks(listener, 2, async (open, party) => {
        const many = await open();
        many.socket.write(webSocketFrame(new Uint8Array(8), { opcode: 2, isFinal: false }));
        const piece = webSocketFrame(new Uint8Array(64), { opcode: 0, isFinal: false });
        for (let nth = 0; nth < 10_000 && !many.socket.destroyed; nth += 1) many.socket.write(piece);
        await downOf(party, 1);
        await many.closed;
        const large = await open();
        large.socket.write(webSocketFrame(new Uint8Array(frameBytesMax), { opcode: 2, isFinal: false }));
        large.socket.write(webSocketFrame(new Uint8Array(1), { opcode: 0, isFinal: true }));
        await downOf(party, 2);
        await large.closed;
      }),
    );

    test('end the link where they are text, empty, or not WebSocket at all', { timeout }, () => {
      const wrong: readonly [string, Uint8Array][] = [
        ['text', webSocketFrame(Buffer.from('hello'), { opcode: 1, isFinal: true })],
        ['an empty message', webSocketFrame(new Uint8Array(0), binary)],
        ['a reserved opcode', webSocketFrame(new Uint8Array(4), { opcode: 3, isFinal: true })],
        ['a compressed message', webSocketFrame(frameOf({ source: 2 }), { opcode: 0x42, isFinal: true })],
        ['a piece of nothing', webSocketFrame(new Uint8Array(4), { opcode: 0, isFinal: true })],
        ['a ping in pieces', webSocketFrame(new Uint8Array(4), { opcode: 9, isFinal: false })],
        ['noise', Buffer.alloc(300, 0xff)],
      ];
      return withLinks(listener, wrong.length, async (open, party) => {
        for (const [nth, [name, bytes]] of wrong.entries()) {
          const { socket, closed } = await open();
          socket.write(bytes);
          const event = await downOf(party, nth + 1);
          assert.ok(event.is === 'down' && event.error !== null, name);
          socket.end();
          await closed;
        }
        assert.ok(!party.events.seen.some(({ is }) => is === 'frame'));
      });
    });

    test('are answered for a ping, and a cut in the middle of a frame is an error', { timeout }, () =>
      withLinks(listener, 1, async (open, party) => {
        const { socket } = await open();
        const pong = new Promise<Buffer>((resolve) => socket.once('data', resolve));
        socket.write(webSocketFrame(Buffer.from('you?'), { opcode: 9, isFinal: true }));
        assert.deepEqual([...(await pong)], [0x8a, 4, ...Buffer.from('you?')]);
        const frame = webSocketFrame(frameOf({ kind: Kind.data, source: 2 }, 1000), binary);
        socket.write(frame.subarray(0, 500), () => socket.destroy());
        const event = await downOf(party, 1);
        assert.match(event.is === 'down' ? String(event.error) : '', /ERR_RANK_FAILED.*the link was cut/);
        assert.deepEqual(event.is === 'down' ? event.error?.failed : [], [2, 3]);
        assert.ok(!party.events.seen.some(({ is }) => is === 'frame'));
      }),
    );
  });
}
