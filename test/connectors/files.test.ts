/** Resources of kind `files`: a folder, read-only, with no way out of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withPrivateNetwork } from '../harness/private-network.ts';

const long = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251));

test('files are read by name, whole and in parts, and nothing beside their folder', () => {
  const job = `
    import assert from 'node:assert/strict';
    import net from 'node:net';
    const base = 'http://data:8081';
    const long = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251));
    const bytesOf = async (path, headers) => {
      const answer = await fetch(base + path, { headers });
      return [answer.status, Buffer.from(await answer.arrayBuffer()), answer.headers];
    };
    const [status, whole, headers] = await bytesOf('/sub/long.bin');
    assert.ok(status === 200 && whole.equals(long));
    const etag = headers.get('etag');
    for (const [range, from, to] of [['1000-1999', 1000, 2000], ['2999990-', 2999990], ['-7', 2999993], ['2999999-9999999', 2999999]]) {
      const [code, part] = await bytesOf('/sub/long.bin', { range: 'bytes=' + range, 'if-range': etag });
      assert.ok(code === 206 && part.equals(long.subarray(from, to)), range);
    }
    assert.equal((await bytesOf('/sub/long.bin', { range: 'bytes=3000000-' }))[0], 416);
    assert.equal((await bytesOf('/sub/long.bin', { range: 'bytes=0-1', 'if-range': '"another"' }))[0], 200);
    const head = await fetch(base + '/sub/long.bin', { method: 'HEAD' });
    assert.equal(head.headers.get('content-length'), '3000000');
    assert.deepEqual(JSON.parse(String((await bytesOf('/'))[1])), ['empty', 'sub/']);
    assert.equal((await bytesOf('/empty'))[1].byteLength, 0);
    assert.equal(String((await bytesOf('/inside'))[1]), '');
    assert.equal((await fetch(base + '/empty', { method: 'PUT', body: 'x' })).status, 405);
    const raw = (path) => new Promise((resolve) => {
      let text = '';
      const socket = net.connect({ host: 'data', port: 8081 });
      socket.on('data', (bytes) => (text += bytes)).on('error', () => undefined).on('close', () => resolve(text));
      socket.write('GET ' + path + ' HTTP/1.1\\r\\nHost: data\\r\\nConnection: close\\r\\n\\r\\n');
    });
    const ways = ['/../secret', '/%2e%2e/secret', '/sub/..%2f../secret', '//secret', '/out', '/out/secret', '/fifo', '/sub%00'];
    for (const path of ways) {
      const text = await raw(path);
      assert.match(text, /^HTTP\\/1.1 40[04] /, path + ': ' + text);
      assert.doesNotMatch(text, /canary/, path);
    }
    console.log('done');
  `;
  return withPrivateNetwork({ resources: {}, files: { 'job.mjs': job } }, async (network) => {
    const root = join(network.directory, 'data');
    mkdirSync(join(root, 'sub'), { recursive: true });
    writeFileSync(join(network.directory, 'secret'), 'canary');
    writeFileSync(join(root, 'sub', 'long.bin'), long);
    writeFileSync(join(root, 'empty'), '');
    symlinkSync('..', join(root, 'out'));
    symlinkSync('empty', join(root, 'inside'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    network.writeAgentConfig({ data: { kind: 'files', path: root } });
    const grants = { data: { agent: 'dc1' } };
    network.writeGrants(grants);
    await network.agent();
    const result = await network.run(['--connector', 'data', 'job.mjs']);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.equal(result.stdout, 'done\n');
  });
});

test('a folder that is none is refused', () =>
  withPrivateNetwork({ resources: { data: { kind: 'files', path: '/no/such' } } }, async (network) => {
    const { code, stderr } = await network.tsmpi(['connector', '--config', 'connector.json', '--check']);
    assert.equal(code, 2);
    assert.match(stderr, /path "\/no\/such" is no folder that can be read/u);
  }));
