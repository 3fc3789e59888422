import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { outputChunkBytes, reportTextBytesMax } from '../../runtime/core/limits.ts';
import { RendezvousClient } from '../../runtime/rendezvous/client.ts';
import { helloOf, openRaw, type Party, scope, type ServiceEvent, tsmpiVersion, withParty } from './rendezvous-party.ts';

const timeout = 30_000;

/** An event of sandbox `index`. */
function of(is: ServiceEvent['is'], index: number) {
  return (event: ServiceEvent): boolean => event.is === is && 'index' in event && event.index === index;
}

async function joinBoth({ join }: Party) {
  return Promise.all([join(0), join(1)]);
}

test('a job lives from hello to goodbye and leaves nothing', { timeout }, () =>
  withParty(async (party) => {
    const { service, events } = party;
    const guests = await joinBoth(party);
    const joined = await events.when(of('joined', 1));
    const hello = { index: 1, ranks: [1, 2], meshAddress: '/m/1', nodeVersion: process.version };
    assert.deepEqual(joined, { is: 'joined', index: 1, hello });
    service.roster([0, 1]);
    const entries = [
      { index: 0, address: '/m/0', ranks: [0] },
      { index: 1, address: '/m/1', ranks: [1, 2] },
    ];
    for (const { events: seen, client } of guests) {
      assert.deepEqual(await seen.when(({ is }) => is === 'roster'), { is: 'roster', entries });
      client.connected();
    }
    await Promise.all([events.when(of('connected', 0)), events.when(of('connected', 1))]);
    service.go([0, 1]);
    const error = { name: 'RangeError', message: 'no', stack: 'at job.ts:3', code: 'ERR_X' };
    for (const { events: seen, client } of guests) {
      await seen.when(({ is }) => is === 'go');
      const rank = client === guests[0].client ? 0 : 2;
      client.rankOver(
        rank === 0 ? { rank, exitCode: 0, reason: 'exit' } : { rank, exitCode: 1, reason: 'throw', error },
      );
      await client.outputEnd();
    }
    const over = await events.when(of('rankOver', 1));
    assert.deepEqual(over, { is: 'rankOver', index: 1, over: { rank: 2, exitCode: 1, reason: 'throw', error } });
    service.goodbye([0, 1]);
    for (const { events: seen, client } of guests) {
      await seen.when(({ is }) => is === 'goodbye');
      await client.goodbye();
    }
    await Promise.all([events.when(of('goodbye', 0)), events.when(of('goodbye', 1))]);
    await service.close();
    assert.ok(!events.seen.some(({ is }) => is === 'lost'));
    assert.ok(!guests.some(({ events: seen }) => seen.seen.some(({ is }) => is === 'lost')));
  }),
);

test('a link that one wants is told to both, and a return to all in their order', { timeout }, () =>
  withParty(async (party) => {
    const [one, other] = await joinBoth(party);
    one.client.wantLink(1);
    one.client.rankOver({ rank: 0, exitCode: 0, reason: 'exit' });
    for (const [{ events }, sandbox] of [
      [one, 1],
      [other, 0],
    ] as const) {
      assert.deepEqual(await events.when(({ is }) => is === 'departed'), { is: 'departed', ranks: [0] });
      assert.deepEqual(events.seen[0], { is: 'link', sandbox });
    }
  }),
);

test('a sandbox that wants a link to itself breaks the protocol', { timeout }, () =>
  withParty(async (party) => {
    const { client } = await party.join(1);
    client.wantLink(1);
    const lost = await party.events.when(of('lost', 1));
    assert.ok(lost.is === 'lost' && lost.why.includes('wants a link to itself'));
  }),
);

test('failures and abort reach every sandbox, an abort of a rank reaches the launcher', { timeout }, () =>
  withParty(async (party) => {
    const [first, second] = await joinBoth(party);
    second.client.abort({ rank: 2, exitCode: 7, reason: 'enough' });
    const asked = await party.events.when(of('abort', 1));
    assert.deepEqual(asked, { is: 'abort', index: 1, order: { rank: 2, exitCode: 7, reason: 'enough' } });
    party.service.failed({ ranks: [1, 2], reason: 'killed', signal: 'SIGKILL' });
    party.service.abort({ rank: 2, exitCode: 7, reason: 'enough' }, [0, 1]);
    party.service.abort({ exitCode: 124, reason: 'time is up' }, [0, 1]);
    await first.events.times(2, ({ is }) => is === 'abort');
    assert.deepEqual(first.events.seen, [
      { is: 'failed', failure: { ranks: [1, 2], reason: 'killed', signal: 'SIGKILL' } },
      { is: 'abort', order: { rank: 2, exitCode: 7, reason: 'enough' } },
      { is: 'abort', order: { exitCode: 124, reason: 'time is up' } },
    ]);
  }),
);

test('a sandbox that dies is lost at once, and so is a launcher that dies', { timeout }, () =>
  withParty(async (party) => {
    const [first, second] = await joinBoth(party);
    first.client.close();
    const lost = await party.events.when(of('lost', 0));
    assert.match(lost.is === 'lost' ? lost.why : '', /stream/);
    await party.service.close();
    const gone = await second.events.when(({ is }) => is === 'lost');
    assert.match(gone.is === 'lost' ? gone.why : '', /stream to the launcher broke/);
    second.client.rankOver({ rank: 1, exitCode: 0, reason: 'exit' });
    await second.client.goodbye();
  }),
);

test('versions that do not match are refused in words, and the token stays good', { timeout }, () =>
  withParty(async ({ join, events, address }) => {
    const refused = { code: 'ERR_PROTOCOL' };
    const message = /refused: tsmpi version 9\.9\.9, this launcher is version 1\.2\.3/;
    await assert.rejects(join(0, { tsmpiVersion: '9.9.9' }), { ...refused, message });
    await assert.rejects(join(0, { epoch: 2 }), { ...refused, message: /epoch/ });
    await assert.rejects(join(0, { meshId: 'other' }), { ...refused, message: /mesh/ });
    await assert.rejects(join(0, { ranks: [0, 1] }), {
      ...refused,
      message: /claims ranks \[0, 1\], it was given \[0\]/,
    });
    await assert.rejects(join(0, { meshAddress: 'x'.repeat(108) }), { ...refused, message: /108 bytes, 1 to 107/ });
    const raw = openRaw(address);
    raw.send(helloOf(0, { protocol: 2 }));
    const answer = await raw.messages.when(({ body }) => body === 'refused');
    assert.match(answer.refused?.words ?? '', /protocol version 2, this launcher speaks 1/);
    await raw.status;
    raw.close();
    await join(0);
    assert.equal(events.seen.filter(({ is }) => is === 'refused').length, 6);
    assert.equal(events.seen.filter(({ is }) => is === 'joined').length, 1);
  }),
);

test('nobody joins without the right token', { timeout }, () =>
  withParty(async ({ join, events }) => {
    const wrong = ['', 'token-of-1', 'token-of-', 'token-of-00', 'TOKEN-OF-0', '\0', 'x'.repeat(10_000)];
    for (const token of wrong) {
      await assert.rejects(join(0, { token }), { code: 'ERR_DENIED', message: /token for sandbox 0 is wrong/ });
    }
    await assert.rejects(join(9, { token: 'token-of-0', ranks: [] }), { code: 'ERR_DENIED' });
    assert.ok(!events.seen.some(({ is }) => is === 'joined'));
  }),
);

test('a token lets in once, however many use it at the same time', { timeout }, () =>
  withParty(async ({ join, events }) => {
    const tries = await Promise.allSettled(Array.from({ length: 100 }, () => join(0)));
    const admitted = tries.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    assert.equal(admitted.length, 1);
    assert.equal(events.seen.filter(({ is }) => is === 'joined').length, 1);
    for (const outcome of tries) {
      if (outcome.status === 'rejected') assert.match(String(outcome.reason), /ERR_DENIED.*was used before/);
    }
    admitted[0]?.client.close();
    await events.when(of('lost', 0));
    await assert.rejects(join(0), { code: 'ERR_DENIED' }, 'not even after its sandbox is gone');
  }),
);

test('a sandbox that speaks for others, twice or out of turn is lost', { timeout }, async () => {
  const over = { exitCode: 0, reason: 'exit' };
  const cases: readonly [string, (raw: ReturnType<typeof openRaw>) => void, RegExp][] = [
    [
      'a rank of another',
      (raw) => raw.send({ rankOver: { ...over, rank: 1 } }),
      /rank 1 is over, which it does not hold/,
    ],
    [
      'a rank twice',
      (raw) => {
        raw.send({ rankOver: { ...over, rank: 0 } });
        raw.send({ rankOver: { ...over, rank: 0 } });
      },
      /rank 0 is over twice/,
    ],
    ['a reason of its own', (raw) => raw.send({ rankOver: { rank: 0, reason: '<b>' } }), /unknown reason "<b>"/],
    ['an abort of another', (raw) => raw.send({ abort: { rank: 2, exitCode: 1, reason: '' } }), /does not hold/],
    ['an abort of nobody', (raw) => raw.send({ abort: { exitCode: 1, reason: '' } }), /does not hold/],
    ['a second hello', (raw) => raw.send(helloOf(0)), /hello out of turn/],
    ['nothing', (raw) => raw.send({}), /an empty message out of turn/],
    ['another epoch', (raw) => raw.send({ connected: {} }, { epoch: 2 }), /epoch 2, this is epoch 3/],
    ['another mesh', (raw) => raw.send({ connected: {} }, { meshId: 'other' }), /mesh "other"/],
    ['stdin that was not sent', (raw) => raw.send({ stdinTaken: { rank: 0 } }), /took standard input that was not/],
    [
      'connected twice',
      (raw) => {
        raw.send({ connected: {} });
        raw.send({ connected: {} });
      },
      /connected twice/,
    ],
    ['no goodbye', (raw) => raw.call.end(), /ended its stream without a goodbye/],
  ];
  for (const [name, act, words] of cases) {
    await withParty(async ({ address, events }) => {
      const raw = openRaw(address);
      raw.send(helloOf(0));
      await raw.messages.when(({ body }) => body === 'welcome');
      act(raw);
      const lost = await events.when(of('lost', 0));
      assert.match(lost.is === 'lost' ? lost.why : '', words, name);
      await raw.status;
      raw.close();
    });
  }
});

test('whoever does not begin with a hello is refused', { timeout }, () =>
  withParty(async ({ address, events }) => {
    const raw = openRaw(address);
    raw.send({ rankOver: { rank: 0, exitCode: 0, reason: 'exit' } });
    const answer = await raw.messages.when(({ body }) => body === 'refused');
    assert.match(answer.refused?.words ?? '', /the first message is rankOver, not a hello/);
    raw.close();
    assert.ok(!events.seen.some(({ is }) => is === 'rankOver'));
  }),
);

test('who comes when the job is over is refused', { timeout }, () =>
  withParty(async ({ join, service }) => {
    await join(0);
    service.abort({ exitCode: 1, reason: 'over' }, [0, 1]);
    await assert.rejects(join(1), { code: 'ERR_DENIED', message: /the job is over/ });
  }),
);

test('standard input comes in pieces, each after the one before was taken', { timeout }, () => {
  let open = 0;
  let mostOpen = 0;
  const slowly = async (): Promise<void> => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
  };
  return withParty(async ({ join, service }) => {
    const { client, events } = await join(1, {}, slowly);
    const text = 'abcdefgh'.repeat(outputChunkBytes / 2);
    assert.equal(await service.stdin(2, Buffer.from(text)), true);
    assert.equal(await service.stdin(2, null), true);
    const pieces = events.seen.flatMap((event) => (event.is === 'stdin' ? [event.text] : []));
    assert.equal(pieces.pop(), null);
    assert.equal(pieces.length, 4);
    assert.equal(pieces.join(''), text);
    assert.equal(mostOpen, 1);
    client.rankOver({ rank: 2, exitCode: 0, reason: 'exit' });
    client.abort({ rank: 1, exitCode: 0, reason: 'a mark behind it' });
    assert.equal(await service.stdin(0, Buffer.from('x')), false, 'sandbox 0 never joined');
    await assert.rejects(service.stdin(7, null), { code: 'ERR_RANK', message: /no sandbox holds rank 7/ });
  });
});

test('who feeds a rank is told when the rank or its sandbox goes', { timeout }, () =>
  withParty(async ({ join, service }) => {
    const never = (): Promise<void> => new Promise(() => undefined);
    const { client, events } = await join(1, {}, never);
    const first = service.stdin(1, Buffer.from('x'));
    const second = service.stdin(2, Buffer.from('x'));
    await events.times(2, ({ is }) => is === 'stdin');
    client.rankOver({ rank: 1, exitCode: 0, reason: 'exit' });
    assert.equal(await first, false);
    assert.equal(await service.stdin(1, Buffer.from('x')), false);
    client.close();
    assert.equal(await second, false);
  }),
);

test('texts that are too long are cut, on whole characters, and say so', { timeout }, () =>
  withParty(async ({ join, events }) => {
    const { client } = await join(0);
    const long = '€'.repeat(reportTextBytesMax);
    const error = { name: 'n'.repeat(1000), message: long, stack: long };
    client.rankOver({ rank: 0, exitCode: 1, reason: 'throw', error });
    const event = await events.when(of('rankOver', 0));
    const report = event.is === 'rankOver' ? event.over.error : undefined;
    assert.match(report?.message ?? '', /^€+… \(cut\)$/);
    assert.ok(Buffer.byteLength(report?.stack ?? '') <= reportTextBytesMax);
    assert.equal(report?.name.length, 256);
  }),
);

test('joining ends in words where nobody listens, when it is cancelled, and ignores a proxy', { timeout }, async () => {
  const options = { ...scope, tsmpiVersion, index: 0, ranks: [0], token: 'x', meshAddress: '/m' };
  const nothing = {} as Parameters<typeof RendezvousClient.join>[1];
  const nowhere = { ...options, address: '/nonexistent/r.sock' };
  await assert.rejects(RendezvousClient.join(nowhere, nothing), { code: 'ERR_LAUNCH', message: /does not answer/ });
  await withParty(async ({ address, join }) => {
    const controller = new AbortController();
    const joining = RendezvousClient.join({ ...options, address, signal: controller.signal }, nothing);
    controller.abort();
    await assert.rejects(joining, { code: 'ERR_CANCELLED' });
    const proxies = ['http_proxy', 'grpc_proxy', 'https_proxy'];
    const before = proxies.map((name) => process.env[name]);
    for (const name of proxies) process.env[name] = 'http://127.0.0.1:1';
    try {
      await join(0);
    } finally {
      for (const [nth, name] of proxies.entries()) {
        const value = before[nth];
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });
});

test('the socket is of its owner alone', { timeout }, () =>
  withParty(async ({ address }) => {
    assert.equal(statSync(address).mode & 0o777, 0o600);
    // A stranger that opens it and says nothing is no event.
    await new Promise<void>((resolve) => {
      const socket = connect(address, () => {
        socket.destroy();
        resolve();
      });
    });
  }),
);
