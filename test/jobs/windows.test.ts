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

for (const memory of [[], ['--no-shared-memory']]) {
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
    const { code, stdout, stderr } = await withTemporaryProject({ 'job.ts': job }, (cwd) =>
      runTsmpirun(['-n', '4', '--on-failure', 'continue', ...memory, 'job.ts'], { cwd, timeoutMs: 60_000 }),
    );
    assert.equal(stdout, 'ok ok ERR_RANK_FAILED ERR_RANK_FAILED 3\n', stderr);
    assert.equal(code, 0, stderr);
  });
}
