import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { controlMessageBytesMax } from '../../runtime/core/limits.ts';
import { type CallStatus, Channel, StatusCode } from '../../runtime/rendezvous/channel.ts';

const timeout = 20_000;

function framed(message: Uint8Array, compressed = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed;
  prefix.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([prefix, message]);
}

/** Calls a server that answers with `serve`; the messages that come, and how the call ends. */
async function call(serve: (stream: ServerHttp2Stream) => void): Promise<{ messages: string[]; status: CallStatus }> {
  const directory = mkdtempSync(join(tmpdir(), 'tsmpi-channel-'));
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    serve(stream);
  });
  const path = join(directory, 'r.sock');
  server.listen(path);
  await once(server, 'listening');
  const channel = new Channel(path);
  const messages: string[] = [];
  try {
    const status = await new Promise<CallStatus>((resolve) => {
      channel
        .call('/service/Call', {
          message: (bytes) => messages.push(bytes.toString()),
          drain: () => undefined,
          ended: resolve,
        })
        .write(Buffer.from('hello'));
    });
    return { messages, status };
  } finally {
    channel.close();
    server.close();
    await once(server, 'close');
    rmSync(directory, { recursive: true });
  }
}

function answer(stream: ServerHttp2Stream, pieces: readonly Uint8Array[], trailers: Record<string, string>): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => {
    stream.sendTrailers(trailers);
  });
  for (const piece of pieces) stream.write(piece);
  stream.end();
}

test('a call gives messages however they are cut, then its status with its words', { timeout }, async () => {
  const bytes = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.alloc(0)), framed(Buffer.from('three'))]);
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
  const { messages, status } = await call((stream) => {
    answer(stream, pieces, { 'grpc-status': '7', 'grpc-message': 'not%20you' });
  });
  assert.deepEqual(messages, ['one', '', 'three']);
  assert.deepEqual(status, { code: 7, details: 'not you' });
});

test('a call ends at a message that is compressed or too long, before it has come', { timeout }, async () => {
  const compressed = await call((stream) => {
    answer(stream, [framed(Buffer.from('x'), 1)], { 'grpc-status': '0' });
  });
  assert.equal(compressed.status.code, StatusCode.internal);
  const long = Buffer.alloc(5);
  long.writeUInt32BE(controlMessageBytesMax + 1, 1);
  const { messages, status } = await call((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.write(long);
  });
  assert.deepEqual(messages, []);
  assert.equal(status.code, StatusCode.resourceExhausted);
  assert.match(status.details, new RegExp(String(controlMessageBytesMax + 1), 'u'));
});

test('a call that is no gRPC call at the other end, or is cut, ends with words', { timeout }, async () => {
  const { status } = await call((stream) => {
    stream.respond({ ':status': 404 }, { endStream: true });
  });
  assert.deepEqual(status, { code: StatusCode.unknown, details: 'HTTP status 404' });
  const cut = await call((stream) => {
    stream.session?.destroy();
  });
  assert.equal(cut.status.code, StatusCode.unavailable);
});
