/** Streams to private resources, from a job's ranks through gateway and agent: all of them real processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';
import type { CommandResult } from '../harness/run-tsmpirun.ts';

/** What is private: it gives back what it gets, once the other side has ended. */
const echo = privateService((socket) => {
  const pieces: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => pieces.push(bytes));
  socket.on('end', () => socket.end(Buffer.concat(pieces)));
});

const all = `
async function whole(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
`;

function withEcho(job: string, body: (network: PrivateNetwork) => Promise<void>, grants?: object): Promise<void> {
  const options = {
    resources: { echo: { kind: 'tcp', target: echo.target, port: 7007 } },
    files: { 'job.mjs': all + job },
  };
  return withPrivateNetwork(grants === undefined ? options : { ...options, grants: { echo: grants } }, body);
}

function ended(result: CommandResult, code: number): void {
  assert.equal(result.code, code, result.stdout + result.stderr);
}

for (const backend of ['local', 'process'] as const) {
  test(`ranks reach a resource by its name, and clients an address (backend ${backend})`, async () => {
    const job = `
      import assert from 'node:assert/strict';
      import net from 'node:net';
      import { world } from 'tsmpi';
      import { connect, endpoint } from 'tsmpi/connectors';
      const bytes = Buffer.alloc(3_000_001, world.rank + 1);
      const stream = await connect('echo', { timeoutMs: 20_000 });
      stream.end(bytes);
      assert.ok((await whole(stream)).equals(bytes));
      const { host, port, path } = await endpoint('echo');
      for (const address of [{ host, port }, { path }, ...(process.argv[2] === 'local' ? [{ host: 'echo', port: 7007 }] : [])]) {
        const socket = net.connect({ ...address, allowHalfOpen: true });
        socket.end(bytes);
        assert.ok((await whole(socket)).equals(bytes), JSON.stringify(address));
      }
      console.log('all came back');
    `;
    await withEcho(job, async (network) => {
      await network.agent();
      const result = await network.run(['-n', '2', '--backend', backend, '--connector', 'echo', 'job.mjs', backend]);
      ended(result, 0);
      assert.equal(result.stdout.match(/all came back/gu)?.length, 2, result.stdout);
      const records = network.audit();
      assert.equal(records.filter(({ event }) => event === 'allow').length, backend === 'local' ? 8 : 6);
      const closes = records.filter(({ event }) => event === 'close');
      for (const { bytesUp, bytesDown, reason, job: name, resource, agent } of closes) {
        assert.deepEqual([bytesUp, bytesDown, reason], [3_000_001, 3_000_001, 'ended well']);
        assert.deepEqual([name, resource, agent], ['job', 'echo', 'dc1']);
      }
      assert.equal(closes.length, backend === 'local' ? 8 : 6);
      const [log = ''] = network.auditLogs;
      ended(await network.tsmpi(['audit', 'verify', log]), 0);
    });
  });
}

test('what the job was not started with is denied before a byte moves', async () => {
  const job = `
    import assert from 'node:assert/strict';
    import { connect, endpoint } from 'tsmpi/connectors';
    for (const name of ['other', 'ECHO', '127.0.0.1:22', '../echo', 'echo\\r\\nx']) {
      const code = name === 'other' ? 'ERR_DENIED' : 'ERR_ARGUMENT';
      await assert.rejects(connect(name), { code });
      await assert.rejects(endpoint(name), { code });
    }
  `;
  await withEcho(job, async (network) => {
    await network.agent();
    ended(await network.run(['--connector', 'echo', 'job.mjs']), 0);
    assert.deepEqual(network.audit(), []);
  });
});

test('the side of the job and the side of the agent each refuse by their own list', async () => {
  const job = `
    import assert from 'node:assert/strict';
    import net from 'node:net';
    import { once } from 'node:events';
    import { world } from 'tsmpi';
    import { connect, endpoint } from 'tsmpi/connectors';
    if (world.rank === 1) {
      await assert.rejects(connect('echo'), { code: 'ERR_DENIED', message: /rank 1 of job job may not use it .said by the gateway/ });
      const { host, port } = await endpoint('echo');
      const socket = net.connect({ host, port });
      const [error] = await once(socket, 'error');
      assert.equal(error.code, 'ECONNRESET');
    } else await assert.rejects(connect('echo'), { code: 'ERR_DENIED', message: /does not serve echo to job job .said by the agent/ });
  `;
  const grants = { agent: 'dc1', ranks: [0] };
  await withEcho(
    job,
    async (network) => {
      network.writeAgentConfig({ echo: { kind: 'tcp', target: echo.target, jobs: ['another'] } });
      await network.agent();
      const result = await network.run(['-n', '2', '--connector', 'echo', 'job.mjs']);
      ended(result, 0);
      const denials = network.audit().map(({ event, rank, agent }) => [event, rank, agent]);
      assert.deepEqual(denials.sort(), [
        ['deny', 0, 'dc1'],
        ['deny', 1, null],
        ['deny', 1, null],
      ]);
      assert.match(result.stderr, /rank 1 of job job may not use it/u);
    },
    grants,
  );
});

test('a job without a grant does not start', async () => {
  await withEcho('', async (network) => {
    const ungranted = await network.run(['--connector', 'other', 'job.mjs']);
    ended(ungranted, 2);
    assert.match(ungranted.stderr, /no grant names connector other in .*tsmpi\.config\.json; it grants echo/u);
    network.writeGrants({ echo: { agent: 'dc1', jobs: ['nightly'] } });
    const other = await network.run(['--connector', 'echo', 'job.mjs']);
    ended(other, 1);
    assert.match(other.stderr, /ERR_DENIED.*job job may not use it/u);
    await network.agent();
    ended(await network.run(['--connector', 'echo', '--name', 'nightly', 'job.mjs']), 0);
  });
});
