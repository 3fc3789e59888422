/** Redis behind a firewall, by an unmodified client. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { noPrivateHost, PrivateHost } from '../harness/private-host.ts';
import { withPrivateNetwork } from '../harness/private-network.ts';

function noRedis(): string | null {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'Redis is missing: apt-get install redis-server';
  }
}

test('ioredis shares counters, long values and messages through a private Redis', {
  skip: noPrivateHost() ?? noRedis() ?? false,
}, async () => {
  const job = `
    import assert from 'node:assert/strict';
    import { Redis } from 'ioredis';
    import { world } from 'tsmpi';
    const options = { host: 'cache', port: 6379, maxRetriesPerRequest: 0, retryStrategy: null };
    const redis = new Redis(options), listener = new Redis(options);
    const heard = new Promise((resolve) => listener.on('message', (_, text) => resolve(text)));
    await listener.subscribe('news');
    for (let i = 0; i < 500; i++) await redis.incrby('sum', world.rank + 1);
    const long = Buffer.alloc(3_000_000, world.rank);
    await redis.set('long ' + world.rank, long);
    await world.barrier();
    assert.equal(await redis.get('sum'), '3000');
    const all = await Promise.all([0, 1, 2].map((rank) => redis.getBuffer('long ' + rank)));
    all.forEach((bytes, rank) => assert.ok(bytes.equals(Buffer.alloc(3_000_000, rank))));
    if (world.rank === 0) assert.equal(await redis.publish('news', 'hello'), 3);
    assert.equal(await heard, 'hello');
    redis.disconnect();
    listener.disconnect();
    console.log('done');
  `;
  await using host = new PrivateHost();
  const words = ['redis-server', '--port', '6379', '--bind', host.inside, '--protected-mode', 'no', '--save', ''];
  await host.start(words, /Ready to accept connections/u);
  const resources = { cache: { kind: 'tcp', target: `${host.inside}:6379` } };
  await withPrivateNetwork({ resources, files: { 'job.mjs': job }, packages: ['ioredis'], host }, async (network) => {
    await network.agent();
    const { code, stdout, stderr } = await network.run(['-n', '3', '--connector', 'cache', 'job.mjs']);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stdout, 'done\n'.repeat(3));
  });
});
