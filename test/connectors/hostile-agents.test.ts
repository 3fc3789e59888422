/** Agents that lie: what they may do to a gateway, and to the jobs of others, is nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerHttp2Stream } from 'node:http2';
import { test } from 'node:test';
import { HostileAgent, http2Frame } from '../harness/hostile-agent.ts';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';

const greeter = privateService((socket) => {
  socket.end('hello');
});

/** Reads the resources that it is told, each to its end, and prints how that went. */
const job = `
  import { connect } from 'tsmpi/connectors';
  for (const name of process.argv.slice(2)) {
    try {
      const stream = await connect(name);
      let text = '';
      for await (const piece of stream) if ((text += piece).length > 4_000_000) break;
      stream.destroy();
      console.log(name, text.length < 100 ? text : 'long');
    } catch ({ code, message }) {
      console.log(name, code, message);
    }
  }
`;

interface Scene {
  readonly network: PrivateNetwork;
  readonly hostile: HostileAgent;
  /** The launcher's output for a job that reads `names`. */
  readonly run: (...names: readonly string[]) => Promise<string>;
}

/** A gateway apart with an honest agent (`dc1`) for `greeter`, and a hostile one (`dc2`) for `trap`. */
async function withHostile(body: (scene: Scene) => Promise<void>): Promise<void> {
  const resources = { greeter: { kind: 'tcp', target: greeter.target } };
  const grants = { greeter: { agent: 'dc1' }, trap: { agent: 'dc2' } };
  await withPrivateNetwork({ resources, grants, files: { 'job.mjs': job } }, async (network) => {
    const gateway = await network.gateway();
    const honest = await network.agent();
    await honest.says(/connected to the gateway/u);
    const hostile = await HostileAgent.enrol(network, 'dc2');
    const run = async (...names: readonly string[]): Promise<string> => {
      const given = names.flatMap((name) => ['--connector', name]);
      const words = ['--gateway', network.gatewaySocket, ...given, 'job.mjs', ...names];
      const { code, stdout, stderr } = await network.run(words);
      assert.equal(code, 0, stdout + stderr + gateway.said);
      return stdout;
    };
    try {
      await body({ network, hostile, run });
    } finally {
      hostile.end();
    }
    const peak = /VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${String(gateway.child.pid)}/status`, 'utf8'))?.[1];
    assert.ok(Number(peak) < 400 * 1024, `the gateway had ${String(peak)} KiB`);
    assert.equal(await gateway.stop(), 0, gateway.said);
  });
}

const offer = { kind: 'tcp', port: 2000 };
function registerAs(resources: object): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ':status': 200 });
    stream.write(`${JSON.stringify({ generation: Date.now(), resources })}\n`);
  };
}

/** Answers an open, says `text`, and then ends by these trailers. */
function sayThen(text: string, trailers: Readonly<Record<string, string>>): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.end(text);
  };
}

test('an agent that names the resources of others gets none of their streams', () =>
  withHostile(async ({ hostile, run }) => {
    await hostile.serve(registerAs({ greeter: offer, trap: offer }), sayThen('stolen', { 'x-tsmpi-sent': '6' }));
    assert.equal(await run('trap', 'greeter'), 'trap stolen\ngreeter hello\n');
  }));

const lies: readonly [string, (stream: ServerHttp2Stream) => void, RegExp][] = [
  [
    'ends without a count',
    (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('half');
    },
    /ERR_CONNECTOR.*the stream ended without a count after 4 bytes received/u,
  ],
  ['counts more than it sent', sayThen('half', { 'x-tsmpi-sent': '5' }), /ERR_CONNECTOR.*4 bytes came of 5/u],
  ['counts less than it sent', sayThen('half', { 'x-tsmpi-sent': '3' }), /ERR_CONNECTOR.*4 bytes came of 3/u],
  ['counts in words', sayThen('half', { 'x-tsmpi-sent': 'four' }), /ERR_CONNECTOR.*4 bytes came of four/u],
  [
    'has trailers without end',
    sayThen('half', Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`x-${String(at)}`, 'a'.repeat(100)]))),
    /ERR_CONNECTOR/u,
  ],
  [
    'resets',
    (stream) => {
      stream.close(2);
    },
    /ERR_CONNECTOR/u,
  ],
  [
    'refuses in words that are none',
    (stream) => {
      stream.respond({ ':status': 403, 'x-tsmpi-reason': '%' }, { endStream: true });
    },
    /ERR_DENIED|ERR_CONNECTOR/u,
  ],
  [
    'answers with a status of its own',
    (stream) => {
      stream.respond({ ':status': 299 });
      stream.end('half');
    },
    /ERR_CONNECTOR.*no reason \(said by the agent\)/u,
  ],
  [
    'sends without end',
    (stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      const piece = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (!stream.destroyed && stream.write(piece));
      };
      stream.on('drain', more);
      more();
    },
    /^trap long$/mu,
  ],
  ['never answers', () => undefined, /ERR_CONNECTOR.*the agent does not answer/u],
];
test('an agent that lies about a stream cuts that stream, and no other', () =>
  withHostile(async ({ hostile, run }) => {
    for (const [what, open, ended] of lies) {
      await hostile.serve(registerAs({ trap: offer }), open);
      const said = await run('trap', 'greeter');
      assert.match(said, ended, what);
      assert.doesNotMatch(said, /trap: trap/u, what);
      assert.match(said, /^greeter hello$/mu, what);
      hostile.end();
    }
  }));

/** Answers a registration with `status` and a text. */
function registerWith(text: string, status = 200): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ':status': status });
    stream.write(text);
  };
}

const registrations: readonly [string, (stream: ServerHttp2Stream) => void][] = [
  ['no JSON', registerWith('{{\n')],
  ['names that are none', registerAs({ ['__proto__x/..']: offer })],
  ['a line without end', registerWith('x'.repeat(2 ** 21))],
  ['no words', registerWith('', 500)],
];
test('an agent that registers as nothing good is not connected', () =>
  withHostile(async ({ hostile, run, network }) => {
    for (const [what, register] of registrations) {
      await hostile.serve(register, () => undefined);
      hostile.end();
      assert.equal(await run('greeter'), 'greeter hello\n', what);
    }
    const { stdout } = await network.tsmpi(['connector', 'status', '--socket', network.gatewaySocket]);
    assert.match(stdout, /agent dc2: not connected\n {2}last error: /u);
  }));

const none = new Uint8Array(0);
const settings = http2Frame(4, 0, 0, none);
const times = (count: number, frame: Uint8Array): Buffer => Buffer.concat(new Array<Uint8Array>(count).fill(frame));
const floods: readonly [string, Buffer][] = [
  ['pings', times(50_000, http2Frame(6, 0, 0, Buffer.alloc(8)))],
  ['settings', times(50_000, settings)],
  ['goaways', times(10_000, http2Frame(7, 0, 0, Buffer.alloc(8)))],
  ['resets', times(50_000, http2Frame(3, 0, 1, Buffer.from([0, 0, 0, 8])))],
  ['window updates past the end', times(100, http2Frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])))],
  [
    'continuations',
    Buffer.concat([http2Frame(1, 0, 1, none), times(50_000, http2Frame(9, 0, 1, Buffer.alloc(64, 0x40)))]),
  ],
  ['streams that it opens', times(1000, http2Frame(1, 4, 2, Buffer.from([0x88])))],
  ['pushes', times(1000, http2Frame(5, 4, 1, Buffer.from([0, 0, 0, 2, 0x88])))],
  ['data for no stream', times(1000, http2Frame(0, 0, 99, Buffer.alloc(1000)))],
  ['empty data', times(50_000, http2Frame(0, 0, 1, none))],
  [
    'a frame longer than any',
    Buffer.concat([http2Frame(0, 0, 1, Buffer.alloc(0)).fill(0xff, 0, 3), Buffer.alloc(2 ** 20)]),
  ],
  ['noise', Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919 + (at >> 3) * 104_729) & 0xff))],
];
test('floods of an agent hold up nobody', () =>
  withHostile(async ({ hostile, run }) => {
    for (const [what, bytes] of floods) {
      const socket = await hostile.dial();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const sent = new Promise<void>((resolve) => {
        socket.write(Buffer.concat([settings, bytes]), () => resolve());
      });
      socket.resume();
      assert.equal(await run('greeter'), 'greeter hello\n', what);
      await Promise.race([sent, closed]);
      socket.destroy();
    }
  }));
