import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { linkHighWaterBytes } from '../../runtime/core/limits.ts';
import { Kind } from '../../runtime/transport/header.ts';
import type { Mesh } from '../../runtime/transport/mesh/mesh.ts';
import { epoch, frameOf, meshId, type Party, secret, withParty } from './mesh-party.ts';
import type { SlowPeerData, SlowPeerReport } from './slow-peer.ts';

/** More than any kernel buffer and the high water mark together. */
const framesTotal = 400;
const payloadBytes = 60_000;

/** A sandbox in its own process, which its parent stops and continues. */
interface SlowPeer {
  readonly report: Promise<SlowPeerReport>;
  readonly ended: Promise<unknown>;
  stop(): void;
  go(): void;
  kill(): void;
}

async function startSlowPeer({ sandboxes, roster }: Party, index: number): Promise<SlowPeer> {
  const listenPath = roster[index]?.address ?? '';
  const options: SlowPeerData['options'] = {
    meshId,
    epoch,
    index,
    sandboxes,
    listenPath,
    listener: 'auto',
    links: 'atOnce',
  };
  const data: SlowPeerData = { options, secret: [...secret], roster };
  const child = fork(new URL('./slow-peer.ts', import.meta.url), [JSON.stringify(data)], {
    execArgv: ['--import', 'tsx'],
  });
  const ended = once(child, 'exit');
  await once(child, 'message');
  const report = once(child, 'message').then(([message]) => message as SlowPeerReport);
  return {
    report,
    ended,
    stop: () => child.kill('SIGSTOP'),
    go: () => child.kill('SIGCONT'),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Frame number `nth` of the stream from sandbox 1 to `to`; its payload counts up from the number. */
function numbered(nth: number, to: number): Uint8Array {
  const isLast = nth === framesTotal - 1;
  const frame = frameOf(
    { kind: Kind.data, source: 2, destination: to * 2, sequence: nth, tag: isLast ? 1 : 0 },
    payloadBytes,
  );
  for (let at = 64; at < frame.length; at += 1) frame[at] = (nth + at - 64) & 0xff;
  return frame;
}

/** Sends from sandbox 1 until the link says stop; gives the number of frames sent. */
function fill(mesh: Mesh, to: number, from: number): number {
  const memory = new Uint8Array(64 + payloadBytes);
  for (let nth = from; nth < framesTotal; nth += 1) {
    memory.set(numbered(nth, to));
    const goesOn = mesh.send(to, memory);
    memory.fill(0);
    if (!goesOn) return nth + 1;
  }
  return framesTotal;
}

for (const [name, listener, slow] of [
  ['accepted by uWebSockets.js', 'auto', 2],
  ['accepted by ws', 'ws', 2],
  ['dialled', 'auto', 0],
] as const) {
  test(`a link ${name} stops its sender while the reader stands still, and loses nothing`, { timeout: 40_000 }, () =>
    withParty(4, async (party) => {
      const bystander = await party.listen(slow === 0 ? 2 : 0, listener);
      const last = await party.listen(3, listener);
      const sender = await party.listen(1, listener);
      const peer = await startSlowPeer(party, slow);
      try {
        await Promise.all([sender, bystander, last].map((mesh) => mesh.connect(party.roster)));

        peer.stop();
        let sent = fill(sender, slow, 0);
        assert.ok(sent < framesTotal, 'the link says stop long before everything is sent');
        // What waits here is what the link allows and one frame; the rest is in the kernel's socket buffers.
        const bound = linkHighWaterBytes + 16 * payloadBytes;
        assert.ok(
          sent * payloadBytes < bound,
          `${String(sent * payloadBytes)} bytes sent, expected < ${String(bound)}`,
        );

        // Nobody else is slowed down.
        const to = slow === 0 ? 2 : 0;
        sender.send(to, frameOf({ source: 2, destination: to * 2, tag: 9 }));
        await party.events.when(({ at, is }) => at === to && is === 'frame');

        peer.go();
        while (sent < framesTotal) {
          const drains = party.events.seen.length;
          await party.events.when((event) => event.is === 'drain' && event.to === slow);
          party.events.seen.splice(0, drains + 1);
          sent = fill(sender, slow, sent);
        }
        assert.deepEqual(await peer.report, { frames: framesTotal, isInOrder: true });
        await Promise.all([sender.close(), bystander.close(), last.close()]);
      } catch (error) {
        peer.kill();
        throw error;
      } finally {
        await peer.ended;
      }
    }),
  );
}
