import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chunkBytesMax, frameBytesMax, unixPathBytesMax } from '../../runtime/core/limits.ts';
import { Kind } from '../../runtime/transport/header.ts';
import { isNativeKnown, loadNative } from '../../runtime/transport/mesh/native.ts';
import { epoch, frameOf, type MeshEvent, meshId, type Party, secret, withParty } from './mesh-party.ts';

const timeout = 30_000;

async function connectAll(party: Party, listener: 'auto' | 'ws'): Promise<ReturnType<Party['listen']>[]> {
  const meshes = party.sandboxes.map(({ index }) => party.listen(index, listener));
  await Promise.all(meshes.map(async (mesh) => (await mesh).connect(party.roster)));
  return meshes;
}

function isFrame(at: number, from: number) {
  return (event: MeshEvent): event is MeshEvent & { is: 'frame' } =>
    event.is === 'frame' && event.at === at && event.from === from;
}

function assertFrame(event: MeshEvent, expected: Uint8Array): void {
  assert.ok(event.is === 'frame');
  assert.ok(Buffer.compare(event.frame, expected) === 0, 'the frame came as it was sent');
}

for (const listener of ['auto', 'ws'] as const) {
  describe(`a mesh that listens with ${listener}`, () => {
    test('links every pair of five sandboxes and carries frames both ways', { timeout }, () =>
      withParty(5, async (party) => {
        const meshes = await Promise.all(await connectAll(party, listener));
        const names = meshes.map((mesh) => mesh.listener);
        const expected = listener === 'ws' ? 'ws' : 'uWebSockets.js';
        assert.deepEqual(names, [expected, expected, expected, expected, 'none'], 'the last one is dialled by nobody');
        for (const mesh of meshes) assert.equal(mesh.links, 4);
        const pairs = meshes.flatMap((_, from) => meshes.map((__, to) => [from, to] as const));
        for (const [from, to] of pairs.filter(([left, right]) => left !== right)) {
          const frame = frameOf({ kind: Kind.data, source: from * 2, destination: to * 2 + 1 }, 1000 + from);
          meshes[from]?.send(to, frame.subarray(0, 64), frame.subarray(64, 70), frame.subarray(70));
          const event = await party.events.when(isFrame(to, from));
          assertFrame(event, frame);
        }
      }),
    );

    test('carries the longest frame, whose memory may be reused at once', { timeout }, () =>
      withParty(2, async (party) => {
        const [low, high] = await Promise.all(await connectAll(party, listener));
        const memory = new Uint8Array(new SharedArrayBuffer(frameBytesMax));
        for (const [mesh, from, to] of [
          [low, 0, 1],
          [high, 1, 0],
        ] as const) {
          const frame = frameOf({ kind: Kind.data, source: from * 2, destination: to * 2 }, chunkBytesMax);
          memory.set(frame);
          mesh?.send(to, memory);
          memory.fill(0xee);
          const event = await party.events.when(isFrame(to, from));
          assertFrame(event, frame);
        }
        assert.throws(() => low?.send(1, new Uint8Array(frameBytesMax + 1)), {
          code: 'ERR_ARGUMENT',
          message: new RegExp(`${String(frameBytesMax + 1)} bytes, at most ${String(frameBytesMax)}`),
        });
      }),
    );

    test('closes a link whose peer breaks the protocol, and tells both why', { timeout }, () =>
      withParty(3, async (party) => {
        const [low, high, other] = await Promise.all(await connectAll(party, listener));
        high?.send(0, frameOf({ source: 1, destination: 0 }));
        const judged = await party.events.when(({ at, is }) => at === 0 && is === 'down');
        assert.ok(judged.is === 'down' && judged.index === 1);
        assert.match(String(judged.error), /ERR_PROTOCOL.*source rank 1, which the peer does not hold/);
        const told = await party.events.when(({ at, is }) => at === 1 && is === 'down');
        assert.match(told.is === 'down' ? String(told.error) : '', /ERR_PROTOCOL.*source rank 1/);
        assert.equal(low?.links, 1);
        assert.throws(() => high?.send(0, frameOf({ source: 2, destination: 0 })), {
          code: 'ERR_RANK_FAILED',
          failed: [0, 1],
        });
        other?.send(0, frameOf({ source: 4, destination: 0 }));
        await party.events.when(isFrame(0, 2));
      }),
    );

    test('drops frames of another epoch and keeps the link', { timeout }, () =>
      withParty(2, async (party) => {
        const [, high] = await Promise.all(await connectAll(party, listener));
        high?.send(0, frameOf({ source: 2, destination: 0, epoch: 2 }));
        high?.send(0, frameOf({ source: 2, destination: 0, tag: 5 }));
        const event = await party.events.when(isFrame(0, 1));
        assertFrame(event, frameOf({ source: 2, destination: 0, tag: 5 }));
        await party.events.when((seen) => seen.is === 'log' && /another epoch than 3 was dropped/.test(seen.line));
      }),
    );

    test('tells the others when a sandbox leaves in order, after its last frame', { timeout }, () =>
      withParty(3, async (party) => {
        const [low, middle, high] = await Promise.all(await connectAll(party, listener));
        for (let nth = 0; nth < 100; nth += 1) {
          for (const to of [0, 2]) {
            const frame = frameOf({ kind: Kind.data, source: 2, destination: to * 2, sequence: nth }, chunkBytesMax);
            middle?.send(to, frame);
          }
        }
        await middle?.close();
        for (const at of [0, 2]) {
          const event = await party.events.when((seen) => seen.at === at && seen.is === 'down');
          assert.ok(event.is === 'down' && event.index === 1 && event.error === null);
          assert.equal(party.events.seen.filter(isFrame(at, 1)).length, 100);
        }
        assert.equal(low?.links, 1);
        assert.equal(high?.links, 1);
        assert.ok(!party.events.seen.some((seen) => seen.at === 1 && seen.is === 'down'), 'no event after close');
      }),
    );
  });
}

test('a mesh of one sandbox opens nothing', { timeout }, () =>
  withParty(1, async ({ directory, listen, roster }) => {
    const mesh = await listen(0, 'auto');
    await mesh.connect(roster);
    assert.equal(mesh.links, 0);
    assert.equal(mesh.listener, 'none');
    assert.deepEqual(await readdir(directory), []);
  }),
);

test('a dialler waits for a listener that comes later', { timeout }, () =>
  withParty(2, async ({ listen, roster, events }) => {
    const high = await listen(1, 'auto');
    const connecting = high.connect(roster);
    const low = await listen(0, 'auto');
    await Promise.all([connecting, low.connect(roster)]);
    assert.equal(high.links, 1);
    assert.ok(!events.seen.some(({ is }) => is === 'down'));
  }),
);

test('connecting fails in the words of who refuses', { timeout }, () =>
  withParty(2, async ({ listen, roster }) => {
    await listen(0, 'auto');
    const stranger = await listen(1, 'auto', { secret: new Uint8Array(32).fill(9) });
    await assert.rejects(stranger.connect(roster), { code: 'ERR_DENIED', message: /401.*mesh key/ });
    const stale = await listen(1, 'auto', { epoch: 2 });
    await assert.rejects(stale.connect(roster), {
      code: 'ERR_DENIED',
      message: /403.*epoch 3, the dialler at epoch 2/,
    });
  }),
);

test('a dialler does not trust a listener without the key', { timeout }, () =>
  withParty(2, async ({ directory, listen, roster }) => {
    const path = join(directory, '0.sock');
    const impostor = createServer();
    impostor.on('upgrade', (request, socket) => {
      const { 'x-tsmpi-proof': proof = '' } = request.headers;
      // It answers with what it was sent, the only proof it has seen.
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n`);
      socket.end(`x-tsmpi-proof: ${String(proof)}\r\n\r\n`);
    });
    await new Promise<void>((resolve) => impostor.listen(path, resolve));
    const mesh = await listen(1, 'auto');
    await assert.rejects(mesh.connect(roster), { code: 'ERR_PROTOCOL', message: /does not prove that it holds/ });
    await new Promise((resolve) => impostor.close(resolve));
  }),
);

test('connecting can be cancelled', { timeout }, () =>
  withParty(3, async ({ listen, roster }) => {
    const controller = new AbortController();
    const mesh = await listen(1, 'auto', { signal: controller.signal });
    const connecting = mesh.connect(roster);
    controller.abort(new Error('enough'));
    await assert.rejects(connecting, { code: 'ERR_CANCELLED', message: /cancelled/ });
  }),
);

test('closing ends a connect that is under way', { timeout }, () =>
  withParty(3, async ({ listen, roster }) => {
    const mesh = await listen(2, 'auto');
    const connecting = mesh.connect(roster);
    const closing = mesh.close();
    await assert.rejects(connecting, { code: 'ERR_CANCELLED', message: /closed while it was connecting/ });
    await closing;
  }),
);

test('a bundled mesh without leave to load addons listens with ws, and says so', { timeout }, () =>
  withParty(2, async ({ listen, roster, sandboxes }) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'bundle-of-test-'));
    const entry = join(elsewhere, 'bundled.mjs');
    const mesh = new URL('../../runtime/transport/mesh/mesh.ts', import.meta.url);
    await build({
      stdin: {
        contents: `import { Mesh } from ${JSON.stringify(fileURLToPath(mesh))};
          const { options, roster } = JSON.parse(process.argv[2]);
          const ignore = () => undefined;
          options.secret = Uint8Array.from(options.secret);
          options.signal = new AbortController().signal;
          options.log = (line) => console.log(line);
          const mesh = await Mesh.listen(options, { frame: ignore, drain: ignore, down: () => void mesh.close() });
          console.log(mesh.listener);
          await mesh.connect(roster);`,
        resolveDir: elsewhere,
      },
      banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: entry,
      external: ['uWebSockets.js'],
    });
    const data = JSON.stringify({
      options: {
        meshId,
        epoch,
        index: 0,
        sandboxes,
        secret: [...secret],
        listenPath: roster[0]?.address,
        listener: 'auto',
        links: 'atOnce',
      },
      roster,
    });
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const flags = ['--no-warnings', permission, '--allow-fs-read=*', '--allow-fs-write=*'];
    const child = spawn(process.execPath, [...flags, entry, data], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { NODE_PATH: fileURLToPath(new URL('../../node_modules', import.meta.url)) },
    });
    const exited = once(child, 'exit');
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const peer = await listen(1, 'auto');
    await peer.connect(roster);
    await peer.close();
    assert.deepEqual(await exited, [0, null]);
    assert.match(output, /^mesh: listening with ws, because uWebSockets\.js does not load .*addon.*\nws\n$/);
    await rm(elsewhere, { recursive: true, force: true });
  }),
);

test('listening fails in words for a path that cannot be', { timeout }, () =>
  withParty(2, async ({ directory, listen }) => {
    const long = join(directory, 'x'.repeat(unixPathBytesMax));
    const code = 'ERR_ARGUMENT';
    await assert.rejects(listen(0, 'auto', { listenPath: long }), { code, message: /at most 107/ });
    await assert.rejects(listen(0, 'auto', { secret: new Uint8Array(16) }), { code, message: /16 bytes, not 32/ });
    await assert.rejects(listen(0, 'auto', { meshId: 'a b' }), { code, message: /mesh identifier/ });
    await assert.rejects(listen(7, 'auto'), { code, message: /sandbox 7 is not among the 2/ });
    for (const listener of ['auto', 'ws'] as const) {
      const nowhere = { listenPath: join(directory, 'none', '0.sock') };
      await assert.rejects(listen(0, listener, nowhere), { code: 'ERR_LAUNCH', message: /cannot listen/ }, listener);
      const taken = join(directory, 'taken');
      await writeFile(taken, '');
      await assert.rejects(listen(0, listener, { listenPath: taken }), { code: 'ERR_LAUNCH' }, listener);
      await rm(taken);
    }
  }),
);

test('a native file with one byte more is not loaded', { timeout }, async () => {
  const installed = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  const directory = await mkdtemp(join(tmpdir(), 'native-of-test-'));
  try {
    await copyFile(join(installed, name), join(directory, name));
    assert.equal(await isNativeKnown(directory), true);
    assert.ok('native' in loadNative({ directory }), 'the file as it was is loaded');
    await appendFile(join(directory, name), '\0');
    assert.equal(await isNativeKnown(directory), false);
    const changed = loadNative({ directory });
    assert.match('why' in changed ? changed.why : '', /has SHA-256 [0-9a-f]{64}, the tested build/);
    await rm(join(directory, name));
    assert.equal(await isNativeKnown(directory), false);
    const missing = loadNative({ directory });
    assert.match('why' in missing ? missing.why : '', /does not load \(ENOENT/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
