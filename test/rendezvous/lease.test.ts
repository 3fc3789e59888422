/** Silence takes as long as the lease, so both directions are tried at the same time. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { heartbeatIntervalMs, leaseMs } from '../../runtime/core/limits.ts';
import { RendezvousClient } from '../../runtime/rendezvous/client.ts';
import { Lease } from '../../runtime/rendezvous/lease.ts';
import { encodeFromLauncher, serviceDefinition } from '../../runtime/rendezvous/protocol.ts';
import type { JoinCall } from '../../runtime/rendezvous/seat.ts';
import { EventLog } from '../harness/event-log.ts';
import { helloOf, openRaw, scope, tsmpiVersion, withParty } from './rendezvous-party.ts';

const timeout = 40_000;

describe('a lease', { concurrency: true }, () => {
  test('of a sandbox that says nothing runs out, while one with nothing to say lives on', { timeout }, () =>
    withParty(async ({ address, events, join: joinAs }) => {
      const quiet = await joinAs(1);
      const silent = openRaw(address);
      silent.send(helloOf(0));
      const lost = await events.when(({ is }) => is === 'lost');
      assert.deepEqual(lost.is === 'lost' ? lost.index : null, 0);
      assert.match(lost.is === 'lost' ? lost.why : '', new RegExp(`nothing heard for more than ${String(leaseMs)} ms`));
      await silent.status;
      assert.ok(
        silent.messages.seen.some(({ body }) => body === 'heartbeat'),
        'the launcher gave signs of life',
      );
      silent.close();
      assert.deepEqual(quiet.events.seen, []);
      await quiet.client.goodbye();
    }),
  );

  for (const isThere of [false, true]) {
    const runsOut = isThere ? 'does not run out while it is there' : 'runs out';
    test(`of a launcher that says nothing ${runsOut}`, { timeout }, () => silence(isThere));
  }
});

/** A launcher that lets a sandbox in and says nothing more; its socket stays, or goes. */
async function silence(isThere: boolean): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lease-of-test-'));
  const address = join(directory, 'r.sock');
  const server = new Server();
  let beats = 0;
  // One more than the lease allows.
  let manyBeats = (): void => undefined;
  const outlived = new Promise<void>((resolve) => (manyBeats = resolve));
  server.addService(serviceDefinition, {
    join: (call: JoinCall) => {
      call.on('error', () => undefined);
      call.on('data', ({ body }: { body?: string }) => {
        if (body === 'hello') call.write(encodeFromLauncher(scope, { welcome: { outputTicket: 't' } }));
        if (body === 'heartbeat') beats += 1;
        if (beats > leaseMs / heartbeatIntervalMs) manyBeats();
      });
    },
    output: () => undefined,
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${address}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  const log = new EventLog<string>();
  const ignore = (): undefined => undefined;
  const events = {
    ...{
      roster: ignore,
      go: ignore,
      failed: ignore,
      answer: () => undefined,
      departed: ignore,
      link: ignore,
      left: ignore,
    },
    ...{ abort: ignore, stdin: ignore, goodbye: ignore },
  };
  const client = await RendezvousClient.join(
    { ...scope, address, tsmpiVersion, index: 0, ranks: [0], token: 'x', meshAddress: '/m' },
    { ...events, lost: (why) => log.add(why) },
  );
  if (isThere) {
    await outlived;
    assert.deepEqual(log.seen, []);
  } else {
    await rm(address);
    const why = await log.when(() => true);
    assert.match(why, new RegExp(`nothing from the launcher for more than ${String(leaseMs)} ms`));
    assert.ok(beats >= 1, 'the sandbox gave signs of life');
  }
  client.close();
  server.forceShutdown();
  await rm(directory, { recursive: true, force: true });
}

test('a lease counts own heartbeats: five without an answer are allowed', () => {
  const lease = new Lease();
  const beats = leaseMs / heartbeatIntervalMs;
  for (let nth = 0; nth < beats; nth += 1) assert.ok(lease.beat());
  assert.ok(!lease.beat());
  lease.heard();
  assert.ok(lease.beat());
});
