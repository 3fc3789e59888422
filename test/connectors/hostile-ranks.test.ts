/** Ranks that lie at the door where their job asks for streams: refused, written down, and nobody else notices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';
import { skipWithoutSandbox } from '../launcher/fixtures/sandbox-run.ts';

const greeter = privateService((socket) => {
  socket.end('hello');
});

/** Finds the door, says there what no rank should, prints the codes of the answers, and then opens a stream. */
const job = `
  import { once } from 'node:events';
  import { readdirSync, readFileSync } from 'node:fs';
  import { createConnection } from 'node:net';
  import { connect } from 'tsmpi/connectors';
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').map((line) => line.split(' ')[4] ?? '');
  const folder = mounts.find((mount) => mount.endsWith('/rdv'));
  const door = folder + '/' + readdirSync(folder).find((name) => /^c\\d+\\.sock$/.test(name));
  const frame = (kind, payload) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(kind, 0);
    head.writeUInt32LE(payload.length, 1);
    return Buffer.concat([head, Buffer.from(payload)]);
  };
  const ask = (question) => frame(1, JSON.stringify(question));
  const stranger = { secret: 'x'.repeat(43), rank: 0, resource: 'greeter' };
  const words = {
    noise: Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) & 255)),
    'half a head': Buffer.from([1, 0, 0]),
    'a document without end': Buffer.concat([Buffer.from([1, 255, 255, 255, 127]), Buffer.alloc(2 ** 20)]),
    'no JSON': frame(1, '{{{'),
    'no object': frame(1, 'null'),
    'data first': frame(3, 'x'),
    'a list': ask([]),
    stranger: ask(stranger),
    'of other types': ask({ secret: 5, rank: 1e308, resource: { name: 'greeter' } }),
    'a gateway’s question': ask({ do: 'open', key: 'x', rank: 0, resource: 'greeter' }),
    'a long name': ask({ ...stranger, resource: 'r'.repeat(7000) }),
  };
  for (const [name, bytes] of Object.entries(words)) {
    const socket = createConnection(door);
    let said = '';
    socket.on('data', (piece) => (said += piece.toString('latin1'))).on('error', () => undefined);
    socket.end(bytes);
    await once(socket, 'close').catch(() => undefined);
    console.log(name + ': ' + (said === '' ? 'closed' : JSON.parse(said.slice(5)).code));
  }
  const stream = await connect('greeter');
  stream.end();
  for await (const piece of stream) console.log(String(piece));
`;

const printed = `noise: closed
half a head: closed
a document without end: closed
no JSON: closed
no object: closed
data first: closed
a list: ERR_DENIED
stranger: ERR_DENIED
of other types: ERR_DENIED
a gateway’s question: ERR_DENIED
a long name: ERR_DENIED
hello
`;

const unknown = 'the sandbox is not known';
const written = [
  ['deny', null, '', unknown],
  ['deny', 0, 'greeter', unknown],
  ['deny', null, '', unknown],
  ['deny', 0, 'greeter', unknown],
  ['deny', 0, 'r'.repeat(100), unknown],
  ['allow', 0, 'greeter', undefined],
  ['close', 0, 'greeter', 'ended well'],
];

async function check(network: PrivateNetwork, words: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await network.run([...words, '--connector', 'greeter', 'job.mjs']);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stdout, printed);
  assert.deepEqual(
    network.audit().map(({ event, rank, resource, reason }) => [event, rank, resource, reason]),
    written,
  );
}

function withGreeter(body: (network: PrivateNetwork) => Promise<void>): Promise<void> {
  const resources = { greeter: { kind: 'tcp', target: greeter.target } };
  return withPrivateNetwork({ resources, files: { 'job.mjs': job } }, body);
}

const skip = await skipWithoutSandbox();

test('at the gateway of the job', { skip }, () =>
  withGreeter(async (network) => {
    await network.agent();
    await check(network, []);
  }),
);

test('at a gateway apart', { skip }, () =>
  withGreeter(async (network) => {
    await network.gateway();
    const agent = await network.agent();
    await agent.says(/connected to the gateway/u);
    await check(network, ['--gateway', network.gatewaySocket]);
  }),
);
