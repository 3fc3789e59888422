import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type ClientWritableStream, credentials } from '@grpc/grpc-js';
import { outputChunkBytes } from '../../runtime/core/limits.ts';
import {
  decodeReceipt,
  encodeOutput,
  type OutputBody,
  outputPath,
  type OutputReceipt,
} from '../../runtime/rendezvous/protocol.ts';
import { helloOf, openRaw, scope, serialize, withParty } from './rendezvous-party.ts';

const timeout = 40_000;

test('output arrives whole, in order and before its rank is over, and the end waits for it', { timeout }, () =>
  withParty(async ({ join, events }) => {
    const { client } = await join(1);
    const memory = new Uint8Array(100_000);
    let written = '';
    for (let nth = 0; nth < 200; nth += 1) {
      const line = `${String(nth)}:${'x'.repeat(nth * 7)}\n`;
      written += line;
      const { written: bytes } = new TextEncoder().encodeInto(line, memory);
      await client.output(1, 1, memory.subarray(0, bytes));
      memory.fill(0);
      await client.output(2, 2, Buffer.from('y'));
    }
    const large = 'z'.repeat(3 * outputChunkBytes + 1);
    await client.output(2, 1, Buffer.from(large));
    client.rankOver({ rank: 1, exitCode: 0, reason: 'exit' });
    client.rankOver({ rank: 2, exitCode: 0, reason: 'exit' });
    await client.outputEnd();
    const textOf = (rank: number, stream: number): string =>
      events.seen.reduce(
        (text, event) =>
          event.is === 'output' && event.rank === rank && event.stream === stream ? text + event.text : text,
        '',
      );
    assert.equal(textOf(1, 1), written);
    assert.equal(textOf(2, 2), 'y'.repeat(200));
    assert.equal(textOf(2, 1), large);
    const over = events.seen.findIndex((event) => event.is === 'outputOver' && event.rank === 1);
    const last = events.seen.findLastIndex((event) => event.is === 'output' && event.rank === 1);
    assert.ok(over > last);
    assert.ok(events.seen.every((event) => event.is !== 'output' || Buffer.byteLength(event.text) <= outputChunkBytes));
  }),
);

test(
  'what a rank without output prints is over with the rank itself, and the other rank has its stream',
  {
    timeout,
  },
  () =>
    withParty(async ({ join, events }) => {
      const { client } = await join(1);
      await client.outputEnd();
      client.rankOver({ rank: 1, exitCode: 0, reason: 'exit' });
      await events.when(({ is }) => is === 'outputOver');
      await client.output(2, 1, Buffer.from('x'));
      client.rankOver({ rank: 2, exitCode: 0, reason: 'exit' });
      await client.outputEnd();
      const told = events.seen.filter(({ is }) => is === 'rankOver' || is === 'output' || is === 'outputOver');
      assert.deepEqual(told.slice(0, 2), [
        { is: 'rankOver', index: 1, over: { rank: 1, exitCode: 0, reason: 'exit' } },
        { is: 'outputOver', index: 1, rank: 1 },
      ]);
      const later = told.slice(2).map(({ is }) => is);
      assert.deepEqual(later.sort(), ['output', 'outputOver', 'rankOver']);
    }),
);

test('a launcher that is behind stops the writer, and nothing else', { timeout }, () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let handled = 0;
  const output = async (): Promise<void> => {
    await gate;
    handled += 1;
  };
  return withParty(async ({ join, events, service }) => {
    const [{ client }, other] = await Promise.all([join(0), join(1)]);
    const chunk = new Uint8Array(outputChunkBytes).fill(65);
    let sent = 0;
    let full: void | Promise<void> = undefined;
    while (full === undefined) {
      full = client.output(0, 1, chunk);
      sent += 1;
      assert.ok(sent < 200, 'the writer is stopped long before 6 MiB');
    }
    await events.when(({ is }) => is === 'output');
    // Everything else of this sandbox goes on: its Join stream and the other sandbox's output and news.
    client.rankOver({ rank: 0, exitCode: 3, reason: 'exit' });
    await events.when(({ is }) => is === 'rankOver');
    assert.equal(await service.stdin(1, Buffer.from('x')), true);
    service.failed({ ranks: [0], reason: 'x' });
    await other.events.when(({ is }) => is === 'failed');
    assert.equal(handled, 0);
    assert.equal(events.seen.filter(({ is }) => is === 'output').length, 1, 'one message at a time');
    release();
    await full;
    await client.outputEnd();
    assert.equal(handled, sent);
  }, output);
});

test('a writer that waits is let go when the launcher dies', { timeout }, () =>
  withParty(
    async ({ join, service }) => {
      const { client, events } = await join(0);
      let full: void | Promise<void> = undefined;
      while (full === undefined) full = client.output(0, 1, new Uint8Array(outputChunkBytes));
      await service.close();
      await full;
      await events.when(({ is }) => is === 'lost');
      assert.equal(client.output(0, 1, new Uint8Array(1)), undefined, 'and what it writes then goes nowhere');
      await assert.rejects(client.outputEnd(), { code: 'ERR_PROTOCOL' });
    },
    () => new Promise(() => undefined),
  ),
);

/** An Output stream that says what the test wants. */
function openOutput(address: string): {
  call: ClientWritableStream<Buffer>;
  answer: Promise<string>;
  close: () => void;
} {
  const client = new Client(`unix:${address}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  let settle: (text: string) => void = () => undefined;
  const answer = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const call = client.makeClientStreamRequest<Buffer, OutputReceipt>(
    outputPath,
    serialize,
    decodeReceipt,
    (error, receipt) => {
      settle(error === null ? `receipt ${String(receipt?.messages ?? 0)}` : error.message);
    },
  );
  call.on('error', () => undefined);
  return {
    call,
    answer,
    close: () => {
      client.close();
    },
  };
}

test('who has no ticket, or has used it, prints nothing', { timeout }, () =>
  withParty(async ({ address, events }) => {
    const raw = openRaw(address);
    raw.send(helloOf(0));
    const welcome = await raw.messages.when(({ body }) => body === 'welcome');
    const ticket = welcome.welcome?.outputTicket ?? '';
    const chunk: OutputBody = { chunk: { sequence: 0, rank: 0, stream: 1, bytes: Buffer.from('x') } };
    const strangers: readonly [OutputBody, RegExp][] = [
      [chunk, /output before the stream was opened/],
      [{ open: { sandbox: 0, ticket: '' } }, /ticket is wrong/],
      [{ open: { sandbox: 0, ticket: `${ticket.slice(1)}A` } }, /ticket is wrong/],
      [{ open: { sandbox: 1, ticket } }, /ticket is wrong/],
      [{ open: { sandbox: 9, ticket } }, /ticket is wrong/],
    ];
    const say = async (bodies: readonly OutputBody[], words: RegExp): Promise<void> => {
      const { call, answer, close } = openOutput(address);
      for (const body of bodies) call.write(encodeOutput(scope, body));
      call.end();
      assert.match(await answer, words);
      close();
    };
    for (const [body, words] of strangers) await say([body, chunk], words);
    assert.ok(!events.seen.some(({ is }) => is === 'output' || is === 'lost'));
    const open: OutputBody = { open: { sandbox: 0, ticket } };
    await say([open, chunk], /receipt 1/);
    await say([open, chunk], /ticket was used before/);
    raw.close();
  }),
);

test('output of another rank, stream, number or length ends its sandbox', { timeout }, async () => {
  const good = { sequence: 0, rank: 0, stream: 1, bytes: Buffer.from('x') };
  const long = Buffer.alloc(outputChunkBytes + 1);
  const cases: readonly [OutputBody, RegExp][] = [
    [{ chunk: { ...good, rank: 1 } }, /output of rank 1, which it does not hold/],
    [{ chunk: { ...good, stream: 3 } }, /output stream 3, there are 1 and 2/],
    [{ chunk: { ...good, sequence: 1 } }, /output message 1 instead of 0/],
    [{ chunk: { ...good, bytes: long } }, /32769 bytes of output at once, at most 32768/],
    [{ over: { sequence: 0, rank: 2 } }, /output of rank 2/],
    [{}, /an empty message on the output stream/],
  ];
  for (const [body, words] of cases) {
    await withParty(async ({ address, events }) => {
      const raw = openRaw(address);
      raw.send(helloOf(0));
      const welcome = await raw.messages.when((message) => message.body === 'welcome');
      const { call, answer, close } = openOutput(address);
      call.write(encodeOutput(scope, { open: { sandbox: 0, ticket: welcome.welcome?.outputTicket ?? '' } }));
      call.write(encodeOutput(scope, body));
      assert.match(await answer, words);
      const lost = await events.when(({ is }) => is === 'lost');
      assert.match(lost.is === 'lost' ? lost.why : '', words);
      close();
      raw.close();
    });
  }
});
