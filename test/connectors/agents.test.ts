/** Agents: how they enrol, who counts of two with one name, what they hear when they are not wanted. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';
import { ServiceProcess } from '../harness/service-process.ts';

const greeter = privateService((socket) => {
  socket.end('hello');
});

const job = `
  import { connect } from 'tsmpi/connectors';
  let text = '';
  for await (const piece of await connect('greeter')) text += piece;
  console.log(text);
`;

/** A gateway apart, so that agents come and go without a job. */
async function withGateway(
  body: (network: PrivateNetwork, gateway: ServiceProcess, socket: string) => Promise<void>,
): Promise<void> {
  const resources = { greeter: { kind: 'tcp', target: greeter.target } };
  await withPrivateNetwork({ resources, files: { 'job.mjs': job } }, async (network) => {
    const gateway = await network.gateway();
    await gateway.says(/agents dial in at 127\.0\.0\.1:\d+; jobs: tsmpirun --gateway/u);
    await body(network, gateway, network.gatewaySocket);
    assert.equal(await gateway.stop(), 0);
    assert.equal(existsSync(network.gatewaySocket), false);
  });
}

test('many jobs share a gateway apart, and its status tells of its agents', () =>
  withGateway(async (network, _, socket) => {
    const agent = await network.agent();
    const jobs = await Promise.all(
      [1, 2].map((ranks) =>
        network.run(['-n', String(ranks), '--gateway', socket, '--connector', 'greeter', 'job.mjs']),
      ),
    );
    for (const [at, { code, stdout, stderr }] of jobs.entries()) {
      assert.equal(code, 0, stderr);
      assert.equal(stdout, 'hello\n'.repeat(at + 1));
    }
    await agent.says(/connected to the gateway/u);
    const { code, stdout } = await network.tsmpi(['connector', 'status', '--socket', socket]);
    assert.equal(code, 0);
    assert.match(stdout, /agent dc1: generation \d+, 127\.0\.0\.1:\d+ since .*\n {2}serves greeter \(tcp, port \d+\)/u);
    assert.match(stdout, /no streams/u);
    const second = await network.tsmpi(['gateway', '--listen', '127.0.0.1:0', '--socket', socket]);
    assert.equal(second.code, 2);
    assert.match(second.stderr, /a gateway is there already/u);
    assert.equal(await agent.stop(), 0);
  }));

test('a token enrols once, in its time, at the gateway that made it', () =>
  withGateway(async (network) => {
    const agent = await network.agent();
    await agent.says(/agent dc1 serves greeter \(tcp, port \d+\)/u);
    await agent.stop();
    // Its own state has it: the same token does not matter then. With another state it has been used.
    const words = ['connector', '--config', 'connector.json', '--gateway', `127.0.0.1:${String(network.port)}`];
    const tokenFile = ['--token-file', join(network.directory, 'dc1.token')];
    const used = await network.tsmpi([...words, ...tokenFile, '--state', join(network.directory, 'other')]);
    assert.equal(used.code, 1);
    assert.match(used.stderr, /ERR_DENIED.*the token is not known here: it was used, or is of another gateway/u);
    const again = await network.agent('dc1', { enrols: false });
    await again.says(/connected to the gateway/u);

    const late = await network.token('late', '--valid-for', '1ms');
    const expired = await network.tsmpi([...words, '--token-file', late, '--state', join(network.directory, 'late')]);
    assert.equal(expired.code, 1);
    assert.match(expired.stderr, /the token for agent late expired at/u);

    const elsewhere = await network.tsmpi(['gateway', 'token', 'dc2', '--state', join(network.directory, 'elsewhere')]);
    const foreign = join(network.directory, 'foreign.token');
    writeFileSync(foreign, elsewhere.stdout);
    const stranger = await network.tsmpi([
      ...words,
      '--token-file',
      foreign,
      '--state',
      join(network.directory, 'dc2'),
    ]);
    assert.equal(stranger.code, 1);
    assert.match(stranger.stderr, /the gateway is not the one that made the token/u);
    assert.ok(!stranger.stderr.includes(readFileSync(foreign, 'utf8').trim()));
  }));

test('of two processes of one agent the newer serves, and the older hears why', () =>
  withGateway(async (network) => {
    const older = await network.agent();
    await older.says(/connected to the gateway/u);
    const newer = await network.agent('dc1', { enrols: false });
    await newer.says(/connected to the gateway/u);
    await older.says(/a newer process runs as agent dc1/u);
  }));

test('an agent that is enrolled anew, or revoked, is refused from then on', () =>
  withGateway(async (network, gateway, socket) => {
    const first = await network.agent();
    await first.says(/connected to the gateway/u);
    const taken = await network.tsmpi(['gateway', 'token', 'dc1']);
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /there is an agent dc1 already; choose another name, or --replace it/u);
    const token = await network.token('dc1', '--replace');
    const state = join(network.directory, 'replacement');
    const at = ['--gateway', `127.0.0.1:${String(network.port)}`, '--state', state, '--token-file', token];
    const second = new ServiceProcess(['connector', '--config', 'connector.json', ...at], network);
    try {
      await second.says(/connected to the gateway/u);
      await first.stop();
      const back = await network.agent('dc1', { enrols: false });
      await back.says(/was enrolled anew; this one holds the certificate of before/u);
      const revoked = await network.tsmpi(['gateway', 'revoke', '--agent', 'dc1', '--socket', socket]);
      assert.match(revoked.stdout, /0 streams ended; agent dc1 must enrol anew/u);
      await second.says(/agent dc1 is not enrolled here/u);
      await gateway.says(/agent dc1 is not enrolled here/u);
    } finally {
      await second.stop('SIGKILL');
    }
  }));

const wrong: readonly [string, string, RegExp][] = [
  ['no JSON', '{ "resources": { "db": { "password": canary', /connector\.json: is not JSON$/mu],
  ['an unknown key', '{ "resources": {}, "allow": "*" }', /unknown key "allow"; it takes resources/u],
  ['no resource', '{ "resources": {} }', /names no resource/u],
  ['a name that is none', '{ "resources": { "DB": { "kind": "tcp", "target": "a:1" } } }', /"DB" has no good name/u],
  ['an unknown kind', '{ "resources": { "db": { "kind": "udp" } } }', /unknown kind "udp"; it takes tcp/u],
  [
    'a key of no use',
    '{ "resources": { "db": { "kind": "tcp", "target": "a:1", "job": "x" } } }',
    /unknown key "job"/u,
  ],
  ['no address', '{ "resources": { "db": { "kind": "tcp", "target": "here" } } }', /target "here" is no address/u],
  ['a port below 1024', '{ "resources": { "db": { "kind": "tcp", "target": "a:1", "port": 80 } } }', /port is 80/u],
];
for (const [what, text, line] of wrong) {
  test(`a file with ${what} is refused in one line`, () =>
    withPrivateNetwork({ resources: {} }, async (network) => {
      writeFileSync(join(network.directory, 'connector.json'), text);
      const { code, stdout, stderr } = await network.tsmpi(['connector', '--config', 'connector.json', '--check']);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, line);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }));
}

test('grants that are wrong stop a job before it starts', () =>
  withPrivateNetwork(
    { resources: { db: { kind: 'tcp', target: greeter.target } }, files: { 'job.mjs': '' } },
    async (network) => {
      const cases: readonly [Record<string, object>, RegExp][] = [
        [{ db: { agent: 'dc1', rank: [0] } }, /unknown key "rank"; it takes agent, jobs, ranks, maxStreams/u],
        [{ db: { agent: 'DC 1' } }, /agent "DC 1" is no good name/u],
        [{ db: { agent: 'dc1', ranks: 'none' } }, /ranks is "none"; give a list of ranks, or 'all'/u],
      ];
      for (const [grants, line] of cases) {
        network.writeGrants(grants);
        const { code, stderr } = await network.run(['--connector', 'db', 'job.mjs']);
        assert.equal(code, 2, stderr);
        assert.match(stderr, line);
      }
    },
  ));

test('a job that waits for its agent ends at once when it is interrupted', () =>
  withPrivateNetwork(
    { resources: { greeter: { kind: 'tcp', target: greeter.target } }, files: { 'job.mjs': job } },
    async (network) => {
      const waiting = new ServiceProcess(['run', '--connector', 'greeter', 'job.mjs'], network);
      await waiting.says(/waiting for connector agent dc1 .greeter. to dial in/u);
      const status = await network.tsmpi(['connector', 'status']);
      assert.match(status.stdout, /agent dc1: not connected/u);
      assert.equal(await waiting.stop('SIGINT'), 130);
    },
  ));

test('a target that cannot be reached, and keys that others can read, are told in a line', () =>
  withPrivateNetwork(
    { resources: { greeter: { kind: 'tcp', target: '127.0.0.1:1' } }, files: { 'job.mjs': job } },
    async (network) => {
      await network.agent();
      const { code, stderr } = await network.run(['--connector', 'greeter', 'job.mjs']);
      assert.equal(code, 1);
      assert.match(stderr, /ERR_CONNECTOR\] rank 0 connect\("greeter"\): greeter: its target cannot be reached/u);
      assert.match(stderr, /at .*job\.mjs:4:\d+/u);
      assert.doesNotMatch(stderr, /127\.0\.0\.1:1\b/u);
      chmodSync(join(network.directory, 'state', 'tsmpi', 'gateway'), 0o755);
      const open = await network.run(['--connector', 'greeter', 'job.mjs']);
      assert.equal(open.code, 1);
      assert.match(open.stderr, /can be entered by others, and holds keys; .*chmod 700/u);
    },
  ));
