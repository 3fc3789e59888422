import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runPrograms } from '../harness/mini-agent.ts';
import { runSandboxes } from '../harness/sandboxes.ts';

/** Long enough for any test here, short enough that a hang fails with the name of its test. */
const limit = { timeout: 60_000 };

/** CommonJS, because a worker under tsx loads TypeScript through require only. */
function program(body: string): string {
  const index = new URL('../../runtime/index.ts', import.meta.url).pathname;
  return `const { world, ANY_SOURCE } = require('${index}');
    async function main() { ${body} }
    main();`;
}

const everyPair = program(`
  const sizes = [0, 1, 1000, 16 * 1024, 16 * 1024 + 1, 3_000_000];
  const work = [];
  for (let peer = 0; peer < world.size; peer += 1) {
    for (const [tag, size] of sizes.entries()) {
      work.push(world.send(new Uint8Array(size).fill(world.rank * 16 + tag), { dest: peer, tag }));
      work.push(world.recv({ source: peer, tag }).then(({ data }) => {
        if (data.length !== size || data.some((byte) => byte !== peer * 16 + tag)) throw new Error('wrong ' + peer + ' ' + tag);
      }));
    }
  }
  await Promise.all(work);
  console.log('rank', world.rank, 'of', world.size);
`);

for (const links of ['atOnce', 'onUse'] as const) {
  test(`messages of every size pass between ranks of one sandbox and of several, links ${links}`, limit, async () => {
    const job = await runSandboxes({ programs: Array(5).fill(everyPair), ranksPerSandbox: 2, extension: 'cjs', links });
    assert.deepEqual(
      job.stdout,
      [0, 1, 2, 3, 4].map((rank) => `rank ${String(rank)} of 5\n`),
      JSON.stringify([job.overs, job.logs]),
    );
    assert.deepEqual(job.exits, [0, 0, 0], job.logs.join(''));
  });
}

test('where links open on use, only who is dialled listens', limit, async () => {
  const job = await runSandboxes({
    programs: Array(4).fill(
      program(`
        if (world.rank === 1 || world.rank === 2) await world.sendrecv(1, { dest: 3 - world.rank, source: 3 - world.rank });
        await world.recv({ source: 3 }).catch((error) => console.log(error.code));
        const { dirname, join } = require('path');
        console.log(require('fs').readdirSync(join(dirname(process.argv[1]), 'm')).join(' '));
      `).replace('main();', `if (world.rank < 3) main();`),
    ),
    extension: 'cjs',
    links: 'onUse',
  });
  const seen = 'ERR_RANK_FAILED\n1.sock\n';
  assert.deepEqual(job.stdout.slice(1), [seen, seen, ''], JSON.stringify([job.overs, job.logs]));
});

test('a rank that computes holds up neither its neighbours nor the link', limit, async () => {
  const job = await runSandboxes({
    // Rank 1 shares its sandbox with rank 2, and reads nothing until rank 2 is through.
    programs: Array(3).fill(
      program(`
        const rounds = 200, data = new Uint8Array(10_000);
        if (world.rank === 0) {
          const flood = [];
          for (let i = 0; i < rounds; i += 1) flood.push(world.send(data, { dest: 1 }));
          for (let i = 0; i < rounds; i += 1) { await world.send(data, { dest: 2 }); await world.recv({ source: 2 }); }
          await Promise.all(flood);
        } else if (world.rank === 1) {
          const word = new Int32Array(globalThis[Symbol.for('tsmpi.rank')].memory.buffer, 0, 1);
          Atomics.wait(word, 0, 0, 20_000);
          for (let i = 0; i < rounds; i += 1) await world.recv({ source: 0 });
          console.log('late', rounds);
        } else {
          for (let i = 0; i < rounds; i += 1) { await world.recv({ source: 0 }); await world.send(data, { dest: 0 }); }
          const word = new Int32Array(globalThis[Symbol.for('tsmpi.rank')].memory.buffer, 0, 1);
          Atomics.store(word, 0, 1); Atomics.notify(word, 0);
          console.log('through');
        }`),
    ),
    ranksPerSandbox: 1,
    extension: 'cjs',
    placement: [1, 2],
  });
  assert.deepEqual(job.stdout, ['', 'late 200\n', 'through\n'], JSON.stringify([job.overs, job.logs]));
});

test(
  'what a rank sent before it ended arrives; what it can no longer send is an error that says so',
  limit,
  async () => {
    const ways = [{ ranksPerSandbox: 1 }, { ranksPerSandbox: 2 }, { ranksPerSandbox: 1, links: 'onUse' }] as const;
    for (const way of ways) {
      const job = await runSandboxes({
        programs: [
          program(`for (let i = 0; i < 20; i += 1) world.send(new Float64Array([i]), { dest: 1 }); process.exit(0);`),
          program(`
          await new Promise((resolve) => setTimeout(resolve, 100));
          let sum = 0;
          for (let i = 0; i < 20; i += 1) sum += (await world.recv({ source: 0 })).data[0];
          console.log(sum);
          await world.recv({ source: 0 }).catch((error) => console.log(error.code, error.message.includes('has returned')));
          try { world.sync.recv({ source: ANY_SOURCE }); } catch (error) { console.log(error.code); }`),
        ],
        ...way,
        extension: 'cjs',
      });
      assert.equal(
        job.stdout[1],
        '190\nERR_RANK_FAILED true\nERR_RANK_FAILED\n',
        JSON.stringify([job.overs, job.logs]),
      );
    }
  },
);

test('when a rank aborts the job, the calls of the others reject and their ends are quiet', limit, async () => {
  const job = await runSandboxes({
    programs: [
      program(`for (const source of [1, 2]) await world.recv({ source, tag: 9 }); world.abort(7, 'enough');`),
      program(`await world.send(1, { dest: 0, tag: 9 }); await world.recv({ source: 0 });`),
      program(`
        try { world.sync.send(1, { dest: 0, tag: 9 }); world.sync.recv({ source: 0 }); }
        finally { console.log('finally'); }`),
    ],
    ranksPerSandbox: 2,
    extension: 'cjs',
  });
  assert.deepEqual(
    job.overs.map(({ exitCode, reason }) => [exitCode, reason]),
    [0, 1, 2].map(() => [7, 'aborted']),
    JSON.stringify(job),
  );
  assert.deepEqual(job.aborts, [{ rank: 0, exitCode: 7, reason: 'enough' }]);
  assert.equal(job.stdout[2], 'finally\n');
});

test('ranks that the launcher declares dead fail the calls that need them', limit, async () => {
  const job = await runSandboxes({
    programs: [
      program(
        `console.log('x'); await world.recv({ source: 1 }).catch((e) => console.log(e.code, e.failed, world.failed));`,
      ),
      program(`await world.recv({ source: 0 });`),
    ],
    extension: 'cjs',
    onFailure: 'continue',
    onOutput: (_, text, running) => {
      if (text === 'x\n') running.agent(1).kill('SIGKILL');
    },
    onLost: (index, { service }) => {
      service.failed({ ranks: [index], reason: 'killed', signal: 'SIGKILL' });
    },
  });
  assert.equal(job.stdout[0], 'x\nERR_RANK_FAILED [ 1 ] [ 1 ]\n', JSON.stringify([job.overs, job.logs]));
  assert.deepEqual(job.exits, [0, 'SIGKILL']);
});

test('a rank that awaits a message is not over, and one that only listens is', limit, async () => {
  const [waits, serves] = await runPrograms(
    [
      program(`console.log((await world.recv({ source: 1 })).data); `),
      program(`setTimeout(() => world.send('late', { dest: 0 }), 200);`),
    ],
    { extension: 'cjs' },
  );
  assert.equal(waits?.stdout, 'late\n', waits?.report?.stack);
  assert.equal(serves?.exitCode, 0);
});
