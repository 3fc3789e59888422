/** What streams share: nobody slows another, nobody fills a memory, and what is taken back ends at once. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';
import type { ServiceProcess } from '../harness/service-process.ts';

/** Of the stream that nobody reads for a while, and what the source has given of it. */
const stalledBytes = 2 ** 28;
let given = 0;

/** `N` gives N bytes, as fast as they are taken; `hold` gives one byte and then nothing more. */
const source = privateService((socket) => {
  socket.once('data', (asked: Buffer) => {
    if (asked.toString() === 'hold') {
      socket.write('.');
      return;
    }
    const all = Number(asked.toString());
    let left = all;
    const piece = Buffer.alloc(256 * 1024, 7);
    const go = (): void => {
      while (left > 0) {
        const bytes = Math.min(left, piece.byteLength);
        left -= bytes;
        if (all === stalledBytes) given = all - left;
        if (!socket.write(piece.subarray(0, bytes))) {
          socket.once('drain', go);
          return;
        }
      }
      socket.end();
    };
    go();
  });
});

function withSource(
  job: string,
  body: (network: PrivateNetwork, agent: ServiceProcess) => Promise<void>,
): Promise<void> {
  const resources = { source: { kind: 'tcp', target: source.target } };
  return withPrivateNetwork({ resources, files: { 'job.mjs': job } }, async (network) =>
    body(network, await network.agent()),
  );
}

/** Peak of a process' memory. */
function peakMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/u.exec(status)?.[1]) / 1024;
}

test('1 GiB goes through one stream, and a thousand streams live at once, in bounded memory', () =>
  withSource(
    `
    import { readFileSync } from 'node:fs';
    import { world } from 'tsmpi';
    import { connect } from 'tsmpi/connectors';
    async function take(bytes) {
      const stream = await connect('source');
      stream.end(String(bytes));
      let got = 0;
      for await (const piece of stream) got += piece.byteLength;
      if (got !== bytes) throw new Error(got + ' bytes of ' + bytes);
    }
    if (world.rank === 0) {
      await take(2 ** 30);
      console.log('a gigabyte');
    }
    await world.barrier();
    // Of each of four ranks 250, opened as fast as its rank may, and all of them live before the first is read.
    const streams = [];
    while (streams.length < 250) {
      const stream = await connect('source').catch((error) => {
        if (!/streams a second/.test(error.message)) throw error;
      });
      if (stream !== undefined) streams.push(stream);
    }
    await world.barrier();
    await Promise.all(streams.map(async (stream) => {
      stream.end('300000');
      let got = 0;
      for await (const piece of stream) got += piece.byteLength;
      if (got !== 300000) throw new Error(String(got));
    }));
    console.log('done');
  `,
    async (network, agent) => {
      network.writeGrants({ source: { agent: 'dc1', maxStreams: 1000 } });
      let launcher: number | undefined;
      let [afterOne, afterAll] = [0, 0];
      const result = await network.run(['-n', '4', '--connector', 'source', 'job.mjs'], {
        timeoutMs: 120_000,
        onStart: (pid) => (launcher = pid),
        onStdout: (text) => {
          if (text.includes('a gigabyte')) afterOne = peakMiB(launcher);
          else afterAll = peakMiB(launcher);
        },
      });
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.stdout, `a gigabyte\n${'done\n'.repeat(4)}`);
      const ofAgent = peakMiB(agent.child.pid);
      assert.ok(afterOne > 0 && afterOne < 250, `the gateway's process had ${String(afterOne)} MiB for one stream`);
      assert.ok(afterAll < 400, `the gateway's process had ${String(afterAll)} MiB`);
      // What nobody reads yet waits there: 300 kB of each of the thousand.
      assert.ok(ofAgent < 800, `the agent had ${String(ofAgent)} MiB`);
    },
  ));

test('one stalled stream among 64 holds up none of the others', () =>
  withSource(
    `
    import { connect } from 'tsmpi/connectors';
    const stalled = await connect('source');
    stalled.write('${String(stalledBytes)}');
    // Nobody reads it.
    await new Promise((resolve) => stalled.once('readable', resolve));
    const sizes = Array.from({ length: 63 }, (_, at) => 1_000_000 + at);
    for (let first = 0; first < sizes.length; first += 21) {
      await Promise.all(sizes.slice(first, first + 21).map(async (bytes) => {
        const stream = await connect('source');
        stream.end(String(bytes));
        let got = 0;
        for await (const piece of stream) got += piece.byteLength;
        if (got !== bytes) throw new Error(got + ' of ' + bytes);
      }));
    }
    console.log('the others are done');
    let got = 0;
    stalled.end();
    for await (const piece of stalled) got += piece.byteLength;
    console.log(got === ${String(stalledBytes)});
  `,
    async (network) => {
      let held = 0;
      const result = await network.run(['--connector', 'source', 'job.mjs'], {
        onStdout: (text) => {
          if (text.includes('the others are done')) held = given;
        },
      });
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.stdout, 'the others are done\ntrue\n');
      // Windows and the buffers of six sockets: what nobody reads is not fetched.
      assert.ok(held > 0 && held < 24 * 2 ** 20, `${String(held)} bytes were fetched`);
      assert.equal(given, stalledBytes);
    },
  ));

/** Holds a stream until it ends, and prints how. */
const holding = `
  import { connect } from 'tsmpi/connectors';
  const stream = await connect('source');
  stream.write('hold');
  try {
    for await (const piece of stream) console.log('holds');
    console.log('ended');
  } catch (error) {
    console.log(error.message);
  }
  try {
    (await connect('source')).destroy();
    console.log('opened again');
  } catch (error) {
    console.log(error.code);
  }
`;

const revocations: readonly [string, (network: PrivateNetwork) => unknown, RegExp][] = [
  [
    'tsmpi gateway revoke ends it',
    (network) => network.tsmpi(['gateway', 'revoke', '--resource', 'source']),
    /^holds\n.*ERR_CONNECTOR.*revoked\nopened again\n$/su,
  ],
  [
    'the grant is taken back',
    (network) => network.writeGrants({ source: { agent: 'dc1', jobs: ['another'] } }),
    /^holds\n.*ERR_CONNECTOR.*the grant was taken back: job job may not use it\nERR_DENIED\n$/su,
  ],
  [
    'the configuration cannot be read any more',
    (network) => {
      appendFileSync(join(network.directory, 'tsmpi.config.json'), '}');
    },
    /^holds\n.*the grant was taken back: no grant names this resource\nERR_DENIED\n$/su,
  ],
  [
    'the agent does not serve it any more',
    (network) => network.writeAgentConfig({ other: { kind: 'tcp', target: source.target } }),
    /^holds\n.*ERR_CONNECTOR.*the resource is not served any more\nERR_DENIED\n$/su,
  ],
  [
    'something else stands behind it',
    (network) => network.writeAgentConfig({ source: { kind: 'tcp', target: 'localhost:1' } }),
    /^holds\n.*ERR_CONNECTOR.*the resource changed\nERR_CONNECTOR\n$/su,
  ],
  [
    'the agent does not serve it to the job any more',
    (network) => network.writeAgentConfig({ source: { kind: 'tcp', target: source.target, jobs: ['another'] } }),
    /^holds\n.*ERR_CONNECTOR.*the job may not use the resource any more\nERR_DENIED\n$/su,
  ],
];
for (const [what, revoke, printed] of revocations) {
  test(`a running stream ends when ${what}`, () =>
    withSource(holding, async (network) => {
      const result = await network.run(['--connector', 'source', 'job.mjs'], {
        onStdout: (text) => {
          if (text.startsWith('holds')) void revoke(network);
        },
      });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, printed);
    }));
}

test('a stream that is cut says where in the job it was opened', () =>
  withSource(
    `import { connect } from 'tsmpi/connectors';
async function open() {
  const stream = await connect('source');
  return stream;
}
const stream = await open();
stream.write('hold');
stream.once('data', () => console.log('holds'));
await new Promise((resolve) => stream.on('error', ({ stack }) => resolve(console.log(stack))));
`,
    async (network, agent) => {
      const { code, stdout, stderr } = await network.run(['--connector', 'source', 'job.mjs'], {
        onStdout: (text) => {
          if (text.includes('holds')) void agent.stop();
        },
      });
      assert.equal(code, 0, stdout + stderr);
      assert.match(
        stdout,
        /ERR_CONNECTOR.*of a stream opened\n +at open \(.*job\.mjs:3:\d+\)\n +at .*job\.mjs:6:\d+/su,
      );
      assert.doesNotMatch(stdout, /of a stream opened.*connectors\/index/su);
    },
  ));

test('a rank has 32 streams at once, unless its grant says more', () =>
  withSource(
    `
    import assert from 'node:assert/strict';
    import { connect } from 'tsmpi/connectors';
    const streams = [];
    for (let i = 0; i < 32; i += 1) streams.push(await connect('source'));
    await assert.rejects(connect('source'), { code: 'ERR_DENIED', message: /rank 0 has 32 streams open \\(said by the gateway\\)/ });
    const [first] = streams;
    first.end('1').resume();
    await new Promise((resolve) => first.once('close', resolve));
    for (;;) if (await connect('source').then((stream) => streams.push(stream), () => 0) > 0) break;
    for (const stream of streams) stream.destroy();
    console.log('done');
  `,
    async (network) => {
      const { code, stdout, stderr } = await network.run(['--connector', 'source', 'job.mjs']);
      assert.equal(code, 0, stdout + stderr);
      assert.equal(stdout, 'done\n');
    },
  ));

test('limits of the agent: streams at once, idle streams', () =>
  withPrivateNetwork(
    {
      resources: { source: { kind: 'tcp', target: source.target, streams: 1, idleMs: 1000 } },
      files: {
        'job.mjs': `
    import assert from 'node:assert/strict';
    import { connect } from 'tsmpi/connectors';
    const first = await connect('source');
    await assert.rejects(connect('source'), { code: 'ERR_DENIED', message: /source has 1 streams, the agent allows 1/ });
    first.write('hold');
    await assert.rejects(async () => { for await (const piece of first); }, { code: 'ERR_CONNECTOR', message: /nothing has moved for 1 s/ });
    console.log('done');
  `,
      },
    },
    async (network) => {
      await network.agent();
      const result = await network.run(['--connector', 'source', 'job.mjs']);
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.stdout, 'done\n');
    },
  ));

/** Tells how many bytes have come when all are there. */
const counter = privateService((socket) => {
  let came = 0;
  socket.on('data', (bytes: Buffer) => (came += bytes.byteLength));
  socket.once('end', () => socket.end(String(came)));
});

test('a stream moves no more bytes a second than the agent allows, each way, and a new limit reaches it', () => {
  const limited = (target: string, bytesPerSecond: number): object => ({
    kind: 'tcp',
    target,
    bytesPerSecond,
    idleMs: 1000,
  });
  return withPrivateNetwork(
    {
      resources: { source: limited(source.target, 65_536), counter: limited(counter.target, 8192) },
      files: {
        'job.mjs': `
    import { connect } from 'tsmpi/connectors';
    const bytes = 3 * 65_536;
    const start = performance.now();
    const up = await connect('counter');
    // Pieces of up to 16 KiB, after each of which it waits for longer than a stream may be idle.
    up.end(Buffer.alloc(3 * 16_384));
    for await (const piece of up) console.log(Number(piece) === 3 * 16_384);
    console.log(performance.now() - start >= 1900);
    const down = await connect('source');
    const asked = performance.now();
    down.end(String(64 * 2 ** 20));
    let got = 0;
    for await (const piece of down) {
      if (got < bytes && got + piece.byteLength >= bytes) console.log(performance.now() - asked >= 1900 ? 'slow' : 'fast');
      got += piece.byteLength;
    }
    console.log(got === 64 * 2 ** 20);
  `,
      },
    },
    async (network) => {
      await network.agent();
      const result = await network.run(['--connector', 'source', '--connector', 'counter', 'job.mjs'], {
        onStdout: (text) => {
          if (!text.includes('slow')) return;
          // At the first limit the rest takes 17 minutes.
          network.writeAgentConfig({
            source: limited(source.target, 1_000_000_000),
            counter: limited(counter.target, 8192),
          });
        },
      });
      assert.equal(result.code, 0, result.stderr);
      assert.equal(result.stdout, 'true\ntrue\nslow\ntrue\n');
    },
  );
});

test('an audit log that was changed is told from one that was not', () =>
  withSource(holding.replace("'hold'", "'10'"), async (network) => {
    assert.equal((await network.run(['--connector', 'source', 'job.mjs'])).code, 0);
    const [path = ''] = network.auditLogs;
    const text = readFileSync(path, 'utf8');
    const lines = text.split('\n');
    const changes: readonly [string, RegExp][] = [
      [text.replace('"rank":0', '"rank":1'), /line 1 was changed: its hash does not fit/u],
      [lines.slice(1).join('\n'), /line 1 does not follow the line before it/u],
      [text.slice(0, -3), /line \d+ is not whole/u],
    ];
    for (const [changed, told] of changes) {
      writeFileSync(join(network.directory, 'changed'), changed);
      const { code, stderr } = await network.tsmpi(['audit', 'verify', 'changed']);
      assert.equal(code, 1);
      assert.match(stderr, told);
    }
    assert.equal((await network.tsmpi(['audit', 'verify', path])).code, 0);
  }));

const isRoot = process.geteuid?.() === 0;
test(
  'when the audit log cannot be written any more nothing is opened',
  {
    skip: isRoot ? false : 'only root mounts a file system that fills up',
  },
  () =>
    withSource(
      `
    import { connect } from 'tsmpi/connectors';
    for (;;) {
      try {
        const stream = await connect('source');
        stream.end('1');
        for await (const piece of stream);
      } catch (error) {
        console.log(error.message);
        break;
      }
    }
  `,
      async (network) => {
        const small = join(network.directory, 'small');
        mkdirSync(small);
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4096', 'tmpfs', small]);
        try {
          const audit = ['--audit', join(small, 'log')];
          const result = await network.run(['--connector', 'source', ...audit, 'job.mjs']);
          assert.equal(result.code, 0, result.stdout + result.stderr);
          assert.match(result.stdout, /ERR_DENIED.*the audit log .* cannot be written .*nothing is opened without it/u);
          assert.match(result.stderr, /connectors: the audit log .* cannot be written: .*; no new streams/u);
          const other = await network.run(['--connector', 'source', ...audit, 'job.mjs']);
          assert.equal(other.code, 1);
          assert.match(other.stderr, /log: line \d+ is not whole; name another file/u);
        } finally {
          execFileSync('umount', [small]);
        }
      },
    ),
);
