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
