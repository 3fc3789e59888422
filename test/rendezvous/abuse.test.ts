/** Threat 14 of the design: big messages, bombs, many streams, floods. The launcher stays small and open for others. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Client, compressionAlgorithms, credentials, type StatusObject, status } from '@grpc/grpc-js';
import {
  controlMessageBytesMax,
  streamsPerConnectionMax,
  unauthenticatedStreamsMax,
} from '../../runtime/core/limits.ts';
import { joinPath } from '../../runtime/rendezvous/protocol.ts';
import { openRaw, type RawStream, withParty, serialize } from './rendezvous-party.ts';

const timeout = 40_000;
const growthMax = 32 * 1024 * 1024;

/** Sends `bytes` as one message, compressed if asked, and gives the status that ends the stream. */
async function sendBytes(
  address: string,
  bytes: Buffer,
  compression = compressionAlgorithms.identity,
): Promise<StatusObject> {
  const client = new Client(`unix:${address}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.default_compression_algorithm': compression,
  });
  const call = client.makeBidiStreamRequest(joinPath, serialize, (answer) => answer);
  call.on('data', () => undefined);
  call.on('error', () => undefined);
  const ended = new Promise<StatusObject>((resolve) => {
    call.on('status', resolve);
  });
  call.write(bytes);
  const result = await ended;
  client.close();
  return result;
}

test('a message past the limit is refused, plain or as a bomb, and costs next to nothing', { timeout }, () =>
  withParty(async ({ address, events, join }) => {
    const big = Buffer.alloc(4 * 1024 * 1024 + 1, 1);
    // Written, so that its own pages are there before anything is measured.
    const bomb = Buffer.allocUnsafe(64 * 1024 * 1024).fill(0);
    const justPast = Buffer.alloc(controlMessageBytesMax + 1, 1);
    for (const bytes of [justPast, big]) {
      const before = process.memoryUsage().rss;
      const { code } = await sendBytes(address, bytes);
      assert.equal(code, status.RESOURCE_EXHAUSTED, `${String(bytes.length)} bytes`);
      const growth = process.memoryUsage().rss - before;
      assert.ok(growth < growthMax, `${String(growth)} bytes more, expected < ${String(growthMax)}`);
    }
    const before = process.memoryUsage().rss;
    const { code } = await sendBytes(address, bomb, compressionAlgorithms.gzip);
    assert.equal(code, status.RESOURCE_EXHAUSTED, 'the bomb');
    const growth = process.memoryUsage().rss - before;
    assert.ok(growth < growthMax, `${String(growth)} bytes more, expected < ${String(growthMax)}`);
    await join(0);
    assert.deepEqual(
      events.seen.map(({ is }) => is),
      ['joined'],
    );
  }),
);

test('bytes that are no message end their stream and nothing else', { timeout }, () =>
  withParty(async ({ address, events, join }) => {
    for (let nth = 0; nth < 200; nth += 1) {
      const result = await sendBytes(address, randomBytes(1 + (nth % 300)));
      // Refused as garbage (INTERNAL), or in words because it happened to be a message of some mesh.
      assert.ok([status.OK, status.INTERNAL, status.UNKNOWN].includes(result.code), result.details);
    }
    await join(0);
    assert.equal(events.seen.filter(({ is }) => is === 'joined').length, 1);
  }),
);

test('silent streams hold no place that an honest sandbox needs', { timeout }, () =>
  withParty(async ({ address, join, events }) => {
    const silent: RawStream[] = [];
    for (let nth = 0; nth < unauthenticatedStreamsMax * 3; nth += 1) silent.push(openRaw(address));
    const evicted = await Promise.race(silent.map(({ status: ended }) => ended));
    assert.equal(evicted.code, status.RESOURCE_EXHAUSTED);
    await Promise.all([join(0), join(1)]);
    assert.equal(events.seen.filter(({ is }) => is === 'joined').length, 2);
    for (const stream of silent) stream.close();
  }),
);

test('one connection gets a few streams, not any number', { timeout }, () =>
  withParty(async ({ address }) => {
    const session = connectHttp2('http://rendezvous', { createConnection: () => connect(address) });
    session.on('error', () => undefined);
    const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) => {
      session.once('remoteSettings', resolve);
    });
    assert.equal(settings.maxConcurrentStreams, streamsPerConnectionMax);
    session.destroy();
  }),
);

test('floods of resets and pings do not keep others out', { timeout }, () =>
  withParty(async ({ address, join, events }) => {
    const session = connectHttp2('http://rendezvous', { createConnection: () => connect(address) });
    session.on('error', () => undefined);
    const closed = new Promise((resolve) => session.once('close', resolve));
    const headers = { ':method': 'POST', ':path': joinPath, 'content-type': 'application/grpc', te: 'trailers' };
    for (let nth = 0; nth < 10_000 && !session.destroyed && !session.closed; nth += 1) {
      const stream = session.request(headers);
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      session.ping(() => undefined);
      if (nth % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const guest = await join(0);
    session.destroy();
    await closed;
    await guest.client.goodbye();
    assert.deepEqual(
      events.seen.map(({ is }) => is),
      ['joined', 'goodbye'],
    );
  }),
);

test('a connection that speaks no HTTP/2 is nobody', { timeout }, () =>
  withParty(async ({ address, join, events }) => {
    for (const noise of [
      'GET / HTTP/1.1\r\n\r\n',
      '\0'.repeat(1000),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(address);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          resolve();
        });
        socket.resume();
        socket.end(noise, 'latin1');
      });
    }
    await join(0);
    assert.deepEqual(
      events.seen.map(({ is }) => is),
      ['joined'],
    );
  }),
);
