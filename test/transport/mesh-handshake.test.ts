import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { unauthenticatedSocketsMax } from '../../runtime/core/limits.ts';
import { protocolVersion } from '../../runtime/transport/header.ts';
import { claimDial, judgeUpgrade } from '../../runtime/transport/mesh/handshake.ts';
import { epoch, meshId, request, secret, upgradeHeaders, withParty } from './mesh-party.ts';

const get = 'GET /mpi/v1 HTTP/1.1';
const strangerKey = new Uint8Array(32).fill(8);

interface Case {
  readonly name: string;
  readonly status: number;
  readonly words: RegExp;
  readonly firstLine?: string;
  /** Takes headers away (undefined) or replaces them. */
  readonly headers?: Record<string, string | undefined>;
  /** Signed claims that are wrong in themselves. */
  readonly claim?: () => Record<string, string>;
}

/** Every way to knock that must not open the door. */
const refusals: readonly Case[] = [
  { name: 'another path', firstLine: 'GET / HTTP/1.1', status: 404, words: /the mesh is at \/mpi\/v1/ },
  { name: 'a path below', firstLine: 'GET /mpi/v1/x HTTP/1.1', status: 404, words: /nothing is served/ },
  { name: 'a query', firstLine: 'GET /mpi/v1?x=1 HTTP/1.1', status: 404, words: /nothing is served/ },
  { name: 'another method', firstLine: 'POST /mpi/v1 HTTP/1.1', status: 426, words: /WebSocket only/ },
  { name: 'a browser', headers: { origin: 'http://localhost' }, status: 403, words: /Origin/ },
  { name: 'the Origin null', headers: { origin: 'null' }, status: 403, words: /Origin/ },
  { name: 'no upgrade', headers: { upgrade: undefined, connection: undefined }, status: 426, words: /WebSocket only/ },
  { name: 'an old WebSocket', headers: { 'sec-websocket-version': '8' }, status: 426, words: /version 13/ },
  { name: 'no version', headers: { 'x-tsmpi-version': undefined }, status: 426, words: /version 1 .*speaks none/ },
  { name: 'version 2', headers: { 'x-tsmpi-version': '2' }, status: 426, words: /version 1 .*speaks version 2/ },
  { name: 'a version of words', headers: { 'x-tsmpi-version': '1; x' }, status: 426, words: /speaks none/ },
  { name: 'no mesh', headers: { 'x-tsmpi-mesh': undefined }, status: 401, words: /mesh key/ },
  { name: 'an impossible mesh', headers: { 'x-tsmpi-mesh': 'a b' }, status: 401, words: /mesh key/ },
  { name: 'another mesh, unsigned', headers: { 'x-tsmpi-mesh': 'other' }, status: 401, words: /mesh key/ },
  { name: 'no epoch', headers: { 'x-tsmpi-epoch': undefined }, status: 401, words: /mesh key/ },
  { name: 'an epoch with a zero in front', headers: { 'x-tsmpi-epoch': '03' }, status: 401, words: /mesh key/ },
  { name: 'another epoch, unsigned', headers: { 'x-tsmpi-epoch': '4' }, status: 401, words: /mesh key/ },
  { name: 'no sender', headers: { 'x-tsmpi-from': undefined }, status: 401, words: /mesh key/ },
  { name: 'another sender, unsigned', headers: { 'x-tsmpi-from': '2' }, status: 401, words: /mesh key/ },
  { name: 'a negative sender', headers: { 'x-tsmpi-from': '-1' }, status: 401, words: /mesh key/ },
  { name: 'another target, unsigned', headers: { 'x-tsmpi-to': '1' }, status: 401, words: /mesh key/ },
  { name: 'no nonce', headers: { 'x-tsmpi-nonce': undefined }, status: 401, words: /mesh key/ },
  { name: 'a short nonce', headers: { 'x-tsmpi-nonce': 'abc' }, status: 401, words: /mesh key/ },
  { name: 'another nonce', headers: { 'x-tsmpi-nonce': '0'.repeat(32) }, status: 401, words: /mesh key/ },
  { name: 'no proof', headers: { 'x-tsmpi-proof': undefined }, status: 401, words: /mesh key/ },
  { name: 'an empty proof', headers: { 'x-tsmpi-proof': '' }, status: 401, words: /mesh key/ },
  { name: 'a proof of zeros', headers: { 'x-tsmpi-proof': '0'.repeat(64) }, status: 401, words: /mesh key/ },
  { name: "another job's key", claim: () => upgradeHeaders(1, 0, { secret: strangerKey }), status: 401, words: /key/ },
  { name: 'another mesh', claim: () => upgradeHeaders(1, 0, { meshId: 'other' }), status: 403, words: /wants other/ },
  { name: 'an old epoch', claim: () => upgradeHeaders(1, 0, { epoch: 2 }), status: 403, words: /epoch 3.*epoch 2/ },
  { name: 'another target', claim: () => upgradeHeaders(2, 1), status: 403, words: /sandbox 0.*wants sandbox 1/ },
  { name: 'itself', claim: () => upgradeHeaders(0, 0), status: 403, words: /the higher index dials/ },
  { name: 'a sandbox of no job', claim: () => upgradeHeaders(9, 0), status: 403, words: /not of this job/ },
];

function headersOf({ headers = {}, claim }: Case): Record<string, string> {
  const all = { ...(claim?.() ?? upgradeHeaders()), ...headers };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

for (const listener of ['auto', 'ws'] as const) {
  describe(`the door of a mesh that listens with ${listener}`, () => {
    test('refuses every wrong request in words and lets the right one in', { timeout: 30_000 }, () =>
      withParty(3, async ({ listen, roster }) => {
        const mesh = await listen(0, listener);
        const address = roster[0]?.address ?? '';
        for (const wrong of refusals) {
          const { status, body } = await request(address, wrong.firstLine ?? get, headersOf(wrong));
          assert.equal(status, wrong.status, `${wrong.name}: ${body}`);
          assert.match(body, wrong.words, wrong.name);
          assert.equal(mesh.links, 0, wrong.name);
        }
        const self = { meshId, epoch, index: 1, secret };
        const claim = claimDial(self, 0);
        const { status, head } = await request(address, get, { ...upgradeHeaders(), ...claim.headers });
        assert.equal(status, 101);
        assert.ok(claim.proves(/x-tsmpi-proof: ([0-9a-f]{64})/i.exec(head)?.[1] ?? ''), 'the listener proves itself');
        assert.doesNotMatch(head, /sec-websocket-extensions/i);
      }),
    );

    test('never lets a sandbox in twice, not even after its link is gone', { timeout: 30_000 }, () =>
      withParty(2, async ({ listen, roster, events }) => {
        await listen(0, listener);
        const headers = upgradeHeaders();
        const first = await request(roster[0]?.address ?? '', get, headers);
        assert.equal(first.status, 101);
        await events.when(({ is }) => is === 'down');
        const replay = await request(roster[0]?.address ?? '', get, headers);
        assert.equal(replay.status, 409, 'the recorded request is worth nothing');
      }),
    );

    test('cuts what is not a request, and a head that is too long', { timeout: 30_000 }, () =>
      withParty(2, async ({ listen, roster }) => {
        const mesh = await listen(0, listener);
        const address = roster[0]?.address ?? '';
        for (const noise of ['\r\n\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
          await untilCut(address, noise);
        }
        await untilCut(address, `${get}\r\nhost: mesh\r\nx-long: ${'a'.repeat(70_000)}\r\n\r\n`);
        assert.equal(mesh.links, 0);
      }),
    );

    test('links its sandbox while strangers hold every other place', { timeout: 30_000 }, () =>
      withParty(2, async ({ listen, roster }) => {
        const mesh = await listen(0, listener);
        const strangers: Socket[] = [];
        // One place is left free: which stranger must go when none is left is the library's policy, not the protocol's.
        for (let nth = 1; nth < unauthenticatedSocketsMax; nth += 1) {
          const socket = connect(roster[0]?.address ?? '');
          socket.on('error', () => undefined);
          await new Promise((resolve) => socket.once('connect', resolve));
          if (nth % 2 === 0) socket.write('GET /mpi/v1 HTTP/1.1\r\nx-slow: ');
          strangers.push(socket);
        }
        const peer = await listen(1, listener);
        await Promise.all([mesh.connect(roster), peer.connect(roster)]);
        assert.equal(peer.links, 1);
        for (const socket of strangers) socket.destroy();
      }),
    );
  });
}

/** Writes what nobody should answer for long, and waits for the end of the socket. */
function untilCut(address: string, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve();
    });
    socket.resume();
    socket.end(bytes, 'latin1');
  });
}

test('tells a stranger nothing but the version that is spoken', () => {
  const self = { meshId: 'secret-mesh', epoch: 41, index: 5, secret };
  const headers = upgradeHeaders(9, 5, { meshId: 'secret-mesh', epoch: 41, secret: strangerKey });
  const verdict = judgeUpgrade(
    { method: 'GET', path: '/mpi/v1', header: (name) => headers[name] ?? '' },
    self,
    () => 'free',
  );
  assert.ok(!verdict.accepted);
  assert.doesNotMatch(verdict.words, /secret-mesh|41|5/);
});

test('a proof is of one dial: another nonce, target or role proves nothing', () => {
  const self = { meshId, epoch, index: 1, secret };
  const [first, second] = [claimDial(self, 0), claimDial(self, 0)];
  const own = first.headers['x-tsmpi-proof'] ?? '';
  assert.ok(!first.proves(own), 'the dialler cannot be answered with its own proof');
  const verdict = judgeUpgrade(
    { method: 'GET', path: '/mpi/v1', header: (name) => ({ ...upgradeHeaders(), ...first.headers })[name] ?? '' },
    { ...self, index: 0 },
    () => 'free',
  );
  assert.ok(verdict.accepted);
  assert.ok(first.proves(verdict.proof));
  assert.ok(!second.proves(verdict.proof), 'an answer cannot be kept for the next dial');
  assert.equal(protocolVersion, 1);
});
