/** Resources of kind `http`: requests go below a base URL, with headers that the rank never sees. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withPrivateNetwork } from '../harness/private-network.ts';
import { privateApi } from '../harness/private-service.ts';

const key = 'Bearer 4f1a-secret';
const seen: string[] = [];
const api = privateApi((request, response) => {
  seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
  const { pathname } = new URL(request.url ?? '', 'http://api');
  switch (pathname) {
    case '/v1/told':
      response.setHeader('x-of-api', 'kept');
      response.end(JSON.stringify(request.headers));
      return;
    case '/v1/long':
      response.end(Buffer.alloc(5_000_000, 1));
      return;
    case '/v1/back':
      request.pipe(response);
      return;
    case '/v1/short':
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(Buffer.alloc(500_000), () => response.destroy());
      return;
    case '/v1/cut':
      response.write(Buffer.alloc(500_000), () => response.destroy());
      return;
    default:
      response.writeHead(404);
      response.end('nothing here');
  }
});

test('fetch reaches an API by its name, below its base, with the headers of the agent', () => {
  const job = `
    import assert from 'node:assert/strict';
    import net from 'node:net';
    const base = 'http://api:8080';
    const told = await fetch(base + '/told?a=b', { headers: { authorization: 'mine', 'x-of-rank': 'kept' } });
    assert.equal(told.headers.get('x-of-api'), 'kept');
    const headers = await told.json();
    assert.equal(headers.authorization.length, ${String(key.length)});
    assert.equal(headers['x-of-rank'], 'kept');
    assert.equal(headers.host === 'api:8080', false);
    assert.equal((await (await fetch(base + '/long')).arrayBuffer()).byteLength, 5_000_000);
    const body = Buffer.alloc(3_000_000, 2);
    assert.ok(body.equals(Buffer.from(await (await fetch(base + '/back', { method: 'POST', body })).arrayBuffer())));
    assert.equal((await fetch(base + '/nowhere')).status, 404);
    for (const path of ['/short', '/cut']) await assert.rejects(fetch(base + path).then((answer) => answer.arrayBuffer()), path);
    const raw = (request) => new Promise((resolve) => {
      let text = '';
      const socket = net.connect({ host: 'api', port: 8080 });
      socket.on('data', (bytes) => (text += bytes)).on('error', () => undefined).on('close', () => resolve(text));
      socket.write(request + ' HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\n\\r\\n');
    });
    for (const path of ['/../told', '/%2e%2e/told', '/%252e%252e/told', '/a/..%2f../told', '/..\\\\told', '//told', 'http://127.0.0.1:1/']) {
      assert.match(await raw('GET ' + path), /^HTTP\\/1.1 400 .*the path leads out of the resource/s, path);
    }
    assert.doesNotMatch(await raw('CONNECT 127.0.0.1:22'), /200/);
    console.log('done');
  `;
  const resources = { api: { kind: 'http', url: `http://${api.target}/v1/`, headers: { Authorization: key } } };
  return withPrivateNetwork({ resources, files: { 'job.mjs': job } }, async (network) => {
    await network.agent();
    seen.length = 0;
    const result = await network.run(['--connector', 'api', 'job.mjs']);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.equal(result.stdout, 'done\n');
    assert.deepEqual(
      [...new Set(seen.map((line) => line.split('?')[0]))],
      ['GET /v1/told', 'GET /v1/long', 'POST /v1/back', 'GET /v1/nowhere', 'GET /v1/short', 'GET /v1/cut'],
    );
    assert.ok(!JSON.stringify(network.audit()).includes(key) && !result.stderr.includes(key));
  });
});

test('an API that cannot be reached is told, without its address', () => {
  const job = `
    const answer = await fetch('http://api:8080/told');
    console.log(answer.status, await answer.text());
  `;
  const resources = { api: { kind: 'http', url: 'http://127.0.0.1:1/' } };
  return withPrivateNetwork({ resources, files: { 'job.mjs': job } }, async (network) => {
    await network.agent();
    const { code, stdout, stderr } = await network.run(['--connector', 'api', 'job.mjs']);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '502 its target cannot be reached (ECONNREFUSED)\n\n');
  });
});

for (const [what, resource, line] of [
  ['no URL', { url: 'api' }, /url is no base URL; write http:\/\/ or https:\/\//u],
  ['credentials in its URL', { url: 'http://me:secret@api/' }, /is no base URL.*without credentials/u],
  ['a header that cannot be sent', { url: 'http://api/', headers: { 'a b': 'c' } }, /the header "a b" cannot be sent/u],
] as const) {
  test(`an API with ${what} is refused`, () =>
    withPrivateNetwork({ resources: {} }, async (network) => {
      const text = JSON.stringify({ resources: { api: { kind: 'http', ...resource } } });
      writeFileSync(join(network.directory, 'connector.json'), text);
      const { code, stderr } = await network.tsmpi(['connector', '--config', 'connector.json', '--check']);
      assert.equal(code, 2);
      assert.match(stderr, line);
      assert.doesNotMatch(stderr, /secret/u);
    }));
}
