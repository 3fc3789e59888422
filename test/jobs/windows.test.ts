/** Windows through real sandboxes: in memory that ranks share, by way of agents, and with ranks that die. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageRoot, runCommand, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

for (const shape of [
  ['-n', '4'],
  ['-n', '3', '--no-shared-memory'],
  ['-n', '5', '--ranks-per-sandbox', '2', '--no-shared-memory'],
  ['-n', '2', '--backend', 'process'],
]) {
  test(`every call on windows does what MPI says: tsmpirun ${shape.join(' ')}`, async () => {
    const result = await runTsmpirun([...shape, 'test/fixtures/windows-job.ts'], { timeoutMs: 120_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^ok \d+\n$/u);
  });
}

test('every call on windows works in a world of one under plain node', async () => {
  const result = await runCommand(process.execPath, ['--import', 'tsx', 'test/fixtures/windows-job.ts'], {
    cwd: packageRoot,
  });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /^ok \d+\n$/u);
});

const memories: readonly (readonly string[])[] = [[], ['--no-shared-memory']];

/** `tsmpirun` with `words` of a job with this text. */
function runJob(job: string, words: readonly string[]): ReturnType<typeof runTsmpirun> {
  return withTemporaryProject({ 'job.ts': job }, (cwd) =>
    runTsmpirun([...words, 'job.ts'], { cwd, timeoutMs: 60_000 }),
  );
}

for (const memory of memories) {
  test(`a lock whose holder dies is free again, what needs the dead one fails, and who has returned is served (${
    memory[0] ?? 'shared memory'
  })`, async () => {
    const job = [
      "import { isTsmpiError, world } from 'tsmpi';",
      'const codeOf = (call: Promise<unknown>) =>',
      '  call.then(() => "ok", (error: unknown) => (isTsmpiError(error) ? error.code : String(error)));',
      'const window = await world.window(Int32Array, 2);',
      'await window.put(Int32Array.of(world.rank, 7), { target: world.rank });',
      'await window.fence();',
      'if (world.rank === 1) {',
      '  await window.lock({ target: 0 }, async () => {',
      '    await window.put(Int32Array.of(1), { target: 0, offset: 1 });',
      "    process.kill(process.pid, 'SIGKILL');",
      '    await new Promise(() => undefined);',
      '  });',
      '} else if (world.rank === 2) {',
      // Until the holder is dead nobody else gets the lock.
      '  while ((await window.get({ target: 0, offset: 1, length: 1 }))[0] !== 1);',
      '  const lock = await codeOf(window.lock({ target: 0 }, () => undefined));',
      '  const shared = await codeOf(window.lock({ target: 0, shared: true }, () => undefined));',
      '  const dead = await codeOf(window.get({ target: 1, length: 1 }));',
      '  const deadLock = await codeOf(window.lock({ target: 1 }, () => undefined));',
      '  const [gone] = await window.get({ target: 3, length: 1 });',
      '  console.log([lock, shared, dead, deadLock, gone].join(" "));',
      '  await window.put(Int32Array.of(99), { target: 0 });',
      '} else if (world.rank === 0) {',
      '  while (Atomics.load(window.local, 0) !== 99) await window.flush();',
      '}',
    ].join('\n');
    const { code, stdout, stderr } = await runJob(job, ['-n', '4', '--on-failure', 'continue', ...memory]);
    assert.equal(stdout, 'ok ok ERR_RANK_FAILED ERR_RANK_FAILED 3\n', stderr);
    assert.equal(code, 0, stderr);
  });
}

for (const memory of memories) {
  test(`a lock that nobody waits for any more is given back before this rank tries again (${
    memory[0] ?? 'shared memory'
  })`, async () => {
    const job = [
      "import { isTsmpiError, world } from 'tsmpi';",
      "import { setImmediate as turn } from 'node:timers/promises';",
      'const window = await world.window(Float64Array, 1);',
      'let inside = 0;',
      'const refusals = new Set<string>();',
      'for (let turns = 0; turns < 300; turns += 1) {',
      '  const stop = new AbortController();',
      '  const call = window.lock({ target: 0, signal: stop.signal }, async () => {',
      // Two at once would lose one of two additions.
      '    const [before = 0] = await window.get({ target: 0, length: 1 });',
      '    await turn();',
      '    await window.put(Float64Array.of(before + 1), { target: 0 });',
      '    inside += 1;',
      '  });',
      '  for (let wait = (turns * 7 + world.rank * 3) % 5; wait > 0; wait -= 1) await turn();',
      '  stop.abort();',
      '  await call.catch((error: unknown) => refusals.add(isTsmpiError(error) ? error.code : String(error)));',
      '}',
      'await window.fence();',
      'const total = await world.allreduce(inside);',
      'await window.lock({ target: 0, timeoutMs: 20_000 }, () => undefined);',
      'await window.fence();',
      'if (world.rank === 0) console.log(window.local[0] === total, total > 0);',
      'if (refusals.size > 0) console.log(...refusals);',
    ].join('\n');
    const { code, stdout, stderr } = await runJob(job, ['-n', '3', ...memory]);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...new Set(stdout.trim().split('\n'))].sort(), ['ERR_CANCELLED', 'true true']);
  });
}

test('a window is not disposed of in the middle of its lock', async () => {
  const job = [
    "import { isTsmpiError, world } from 'tsmpi';",
    'const window = await world.window(Float64Array, 1);',
    'await window.lock({ target: 0 }, async () => {',
    '  await window[Symbol.asyncDispose]().catch((error: unknown) => {',
    '    if (isTsmpiError(error)) console.log(error.code, /holds the lock of rank 0/u.test(error.message));',
    '  });',
    '});',
    'await window[Symbol.asyncDispose]();',
  ].join('\n');
  const { code, stdout, stderr } = await runJob(job, ['-n', '2']);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'ERR_ARGUMENT true\n'.repeat(2));
});

for (const memory of memories) {
  test(`fences have their place when they are called, and cover what was cancelled (${
    memory[0] ?? 'shared memory'
  })`, async () => {
    const job = `
      import assert from 'node:assert/strict';
      import { world } from 'tsmpi';
      const [length, { rank }] = [500_000, world];
      const window = await world.window(Float64Array, length);
      // Other collectives follow at once, on all ranks in the same order.
      const put = rank === 0 ? window.put(new Float64Array(length).fill(1), { target: 1 }) : undefined;
      const fence = window.fence();
      const sum = world.allreduce(rank);
      const list = world.allgather(rank);
      assert.deepEqual([await sum, await list], [3, [0, 1, 2]]);
      await Promise.all([put, fence]);
      if (rank === 1) assert.ok(window.local.every((value) => value === 1));
      await world.barrier();
      for (let turn = 2; turn < 12; turn += 1) {
        if (rank === 0) {
          const stop = new AbortController();
          const call = window.put(new Float64Array(length).fill(turn), { target: 1, signal: stop.signal });
          await new Promise((resolve) => setImmediate(resolve));
          stop.abort();
          await call.catch(({ code }) => assert.equal(code, 'ERR_CANCELLED'));
          await window.flush(1);
          await world.send('flushed', { dest: 1 });
        } else if (rank === 1) {
          await world.recv({ source: 0 });
          const before = window.local.slice();
          // More than what was under way could take.
          await window.get({ target: 2, length });
          assert.deepEqual(window.local, before);
        }
        await world.barrier();
      }
      await window[Symbol.asyncDispose]();
    `;
    const { code, stderr } = await runJob(job, ['-n', '3', ...memory]);
    assert.equal(code, 0, stderr);
  });

  test(`calls wait for nobody in their thousands, in order (${memory[0] ?? 'shared memory'})`, async () => {
    const job = `
      import assert from 'node:assert/strict';
      import { world } from 'tsmpi';
      const { rank } = world;
      const window = await world.window(BigInt64Array, 20_000);
      if (rank > 0) {
        const calls = [];
        for (let turn = 0; turn < 2000; turn += 1) calls.push(window.fetchAndOp(1n, { target: 0 }));
        for (let turn = 1; turn <= 200; turn += 1) {
          const data = new BigInt64Array(10_000).fill(BigInt(turn));
          calls.push(window.accumulate(data.subarray(0, 5000), { target: 0, offset: 5000 * rank, op: 'replace' }));
        }
        const seen = (await Promise.all(calls)).slice(0, 2000);
        // Each is the value before it, and none is given twice.
        assert.deepEqual(seen, [...seen].sort((left, right) => Number(left - right)));
        await world.send(seen.map(Number), { dest: 0 });
      } else {
        const [one, two] = [await world.recv({ source: 1 }), await world.recv({ source: 2 })];
        assert.equal(new Set([...one.data, ...two.data]).size, 4000);
      }
      await window.fence();
      if (rank === 0) {
        assert.equal(window.local[0], 4000n);
        for (let at = 5000; at < 15_000; at += 1) assert.equal(window.local[at], 200n);
      }
    `;
    const { code, stderr } = await runJob(job, ['-n', '3', ...memory]);
    assert.equal(code, 0, stderr);
  });

  test(`windows of every kind of communicator, of which thousands come and go (${
    memory[0] ?? 'shared memory'
  })`, async () => {
    const job = `
      import assert from 'node:assert/strict';
      import { world } from 'tsmpi';
      const { rank, size } = world;
      async function around(comm) {
        const window = await comm.window(Int32Array, 3);
        await window.put(Int32Array.of(comm.rank, 7), { target: (comm.rank + 1) % comm.size, offset: 1 });
        await window.fence();
        assert.deepEqual([...window.local], [0, (comm.rank + comm.size - 1) % comm.size, 7]);
        await assert.rejects(async () => comm[Symbol.asyncDispose](), comm === world
          ? { code: 'ERR_ARGUMENT' }
          : { code: 'ERR_ARGUMENT', message: /1 of its windows are not disposed of; dispose of them first/ });
        await window[Symbol.asyncDispose]();
        if (comm !== world) await comm[Symbol.asyncDispose]();
      }
      await around(world);
      await around(await world.dup());
      await around(await world.split(rank % 2, { key: -rank }));
      await around(await world.cartesian([size], { periodic: [true] }));
      // More than the segment holds at once.
      for (let turn = 0; turn < 2000; turn += 1) {
        const window = await world.window(Uint8Array, 1 << 20);
        if (turn % 500 === 0) {
          await window.put(Uint8Array.of(9), { target: (rank + 1) % size, offset: (1 << 20) - 1 });
          await window.fence();
          assert.equal(window.local.at(-1), 9);
        }
        await window[Symbol.asyncDispose]();
      }
      const large = await world.window(Float64Array, 10_000_000);
      await large.put(new Float64Array(5_000_000).fill(rank + 1), { target: (rank + 1) % size, offset: 5_000_000 });
      await large.fence();
      assert.deepEqual([large.local[4_999_999], large.local[9_999_999]], [0, ((rank + size - 1) % size) + 1]);
      await large[Symbol.asyncDispose]();
      // Who waits on a revoked communicator hears of it.
      const revoked = await world.dup();
      const window = await revoked.window(Int32Array, 1);
      await world.barrier();
      const fence = rank === 0 ? undefined : window.fence();
      if (rank === 0) revoked.revoke();
      else await assert.rejects(async () => fence, { code: 'ERR_REVOKED' });
      await assert.rejects(async () => window.get({ target: 0, length: 1 }), { code: 'ERR_REVOKED' });
      await window[Symbol.asyncDispose]();
      await revoked[Symbol.asyncDispose]();
    `;
    const { code, stderr } = await runJob(job, ['-n', '4', ...memory]);
    assert.equal(code, 0, stderr);
  });

  test(`the ranks that are left go on with windows of their own (${memory[0] ?? 'shared memory'})`, async () => {
    const job = `
      import assert from 'node:assert/strict';
      import { world } from 'tsmpi';
      const before = await world.window(Float64Array, 100_000);
      if (world.rank === 2) {
        for (let left = 3; left > 0; left -= 1) await world.recv();
        process.kill(process.pid, 'SIGKILL');
      } else await world.send('here', { dest: 2 });
      // To the one that dies: each ends, and leaves nothing that is waited for.
      const calls = Array.from({ length: 50 }, () => before.put(new Float64Array(100_000), { target: 2 }));
      const codes = await Promise.all(calls.map((call) => call.then(() => 'ok', ({ code }) => code)));
      assert.ok(codes.every((code) => code === 'ok' || code === 'ERR_RANK_FAILED'), codes.join(' '));
      await before.flush();
      const left = await world.shrink();
      const window = await left.window(Float64Array, 1);
      await window.accumulate(Float64Array.of(left.rank + 1), { target: 0 });
      await window.fence();
      if (left.rank === 0) console.log(window.local[0]);
      await window[Symbol.asyncDispose]();
      await before[Symbol.asyncDispose]();
    `;
    const { code, stdout, stderr } = await runJob(job, ['-n', '4', '--on-failure', 'continue', ...memory]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '6\n', stderr);
  });
}

test('a fence that runs out of time while its accesses are under way revokes the communicator', async () => {
  const job = `
    import assert from 'node:assert/strict';
    import { world } from 'tsmpi';
    const comm = await world.dup();
    const window = await comm.window(Float64Array, 8_000_000);
    const put = comm.rank === 0 ? window.put(new Float64Array(8_000_000), { target: 1 }) : undefined;
    const fence = window.fence(comm.rank === 0 ? { timeoutMs: 1 } : {});
    await assert.rejects(async () => fence, { code: comm.rank === 0 ? 'ERR_TIMEOUT' : 'ERR_REVOKED' });
    await put?.catch(({ code }) => assert.equal(code, 'ERR_REVOKED'));
    await window[Symbol.asyncDispose]();
  `;
  const { code, stderr } = await runJob(job, ['-n', '2', '--no-shared-memory']);
  assert.equal(code, 0, stderr);
});
