import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bootstrap, bootstrapBytesMax, encodeBootstrap, parseBootstrap } from '../../runtime/sandbox/bootstrap.ts';

const whole: Bootstrap = {
  jobId: 'job',
  meshId: 'mesh',
  epoch: 1,
  sandbox: 1,
  token: 'token-canary',
  meshSecret: '0f'.repeat(32),
  rendezvous: '/dev/shm/x/rdv/r.sock',
  meshListen: '/dev/shm/x/mesh/1.sock',
  listener: 'auto',
  links: 'atOnce',
  size: 5,
  sandboxes: [
    { index: 0, firstRank: 0, ranks: 3 },
    { index: 1, firstRank: 3, ranks: 2 },
  ],
  ranks: [
    { rank: 3, program: 0 },
    { rank: 4, program: 1 },
  ],
  programs: [
    { entry: '/dev/shm/x/bundle/a.mjs', script: '/home/u/a.ts', args: ['--n', ''] },
    { entry: '/dev/shm/x/bundle/b.mjs', script: '/home/u/b.ts', args: [] },
  ],
  stdin: [0],
  onFailure: 'abort',
  env: { HOME: '/tmp', EMPTY: '' },
  tsmpiVersion: '0.1.0',
};

test('a bootstrap document survives its encoding', () => {
  assert.deepEqual(parseBootstrap(encodeBootstrap(whole)), whole);
  const limited = { ...whole, heapMiB: 64 };
  assert.deepEqual(parseBootstrap(encodeBootstrap(limited)), limited);
});

test('sandboxes of a world that came later have indices and ranks that begin where others end', () => {
  const late: Bootstrap = {
    ...whole,
    sandbox: 8,
    sandboxes: [
      { index: 7, firstRank: 100, ranks: 3 },
      { index: 8, firstRank: 103, ranks: 2 },
    ],
    ranks: [
      { rank: 103, program: 0 },
      { rank: 104, program: 1 },
    ],
    stdin: [100],
    parent: { communicator: 2 ** 28, ranks: [0, 5] },
  };
  assert.deepEqual(parseBootstrap(encodeBootstrap(late)), late);
});

test('a bootstrap document with any field missing is refused with the name of the field', () => {
  for (const field of Object.keys(whole)) {
    const missing = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== field));
    assert.throws(() => parseBootstrap(new TextEncoder().encode(JSON.stringify(missing))), {
      code: 'ERR_LAUNCH',
      message: new RegExp(`\\b${field}\\b`),
    });
  }
});

test('a bootstrap document whose fields disagree is refused', () => {
  const wrong: Partial<Bootstrap>[] = [
    { sandbox: 2 },
    { size: 6 },
    { size: 4 },
    { size: 0 },
    { sandboxes: [{ index: 0, firstRank: 0, ranks: 5 }] },
    { ranks: [{ rank: 3, program: 0 }] },
    {
      ranks: [
        { rank: 0, program: 0 },
        { rank: 1, program: 0 },
      ],
    },
    {
      ranks: [
        { rank: 3, program: 0 },
        { rank: 4, program: 2 },
      ],
    },
    { stdin: [5] },
    { meshSecret: 'abc' },
    { epoch: -1 },
    { epoch: 2 ** 32 },
    { heapMiB: 0 },
  ];
  for (const change of wrong) {
    assert.throws(() => parseBootstrap(encodeBootstrap({ ...whole, ...change })), { code: 'ERR_LAUNCH' });
  }
});

test('a document that is not JSON is refused without quoting its secrets', () => {
  const cut = encodeBootstrap(whole).subarray(0, -5);
  assert.throws(
    () => parseBootstrap(cut),
    (error: Error) => !error.message.includes('canary') && !String(error.cause).includes('canary'),
  );
  assert.throws(() => parseBootstrap(new Uint8Array(bootstrapBytesMax + 1)), { code: 'ERR_LAUNCH' });
});

test('a variable called __proto__ is a variable', () => {
  const document = JSON.stringify(whole).replace('"EMPTY"', '"__proto__"');
  const { env } = parseBootstrap(new TextEncoder().encode(document));
  assert.deepEqual(Object.keys(env), ['HOME', '__proto__']);
});
