/** Ranks that spawn ranks: from every communicator, in every kind of sandbox, in vain, and what becomes of failures. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

for (const shape of [
  ['-n', '2'],
  ['-n', '3', '--ranks-per-sandbox', '2', '--no-shared-memory'],
  ['-n', '1', '--backend', 'process'],
]) {
  test(`spawned ranks and their parents: tsmpirun ${shape.join(' ')}`, async () => {
    await withTemporaryProject({ 'broken.ts': 'const = 1;\n' }, async (cwd) => {
      const job = ['test/fixtures/spawn-job.ts', join(cwd, 'broken.ts')];
      const result = await runTsmpirun([...shape, ...job], { timeoutMs: 120_000 });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, /^ok \d+\n$/);
    });
  });
}

const jobs = {
  'job.ts': `
    import { world } from 'tsmpi';
    const kids = await world.spawn('./kids/kid.ts', { ranks: 2, args: ['one'] });
    if (world.rank === 0) console.log('mine');
    for (const source of [0, 1]) await kids.recv({ source });
    await kids.send('heard', { dest: 0 });
    // What the one did that failed, and the one that returned.
    for (const source of [0, 1]) await kids.recv({ source }).catch((error) => console.log(error.message));
  `,
  'kids/kid.ts': `
    import { parent, world } from 'tsmpi';
    console.log('kid', ...process.argv.slice(2));
    await parent?.send('here', { dest: 0 });
    await parent?.send('here', { dest: 1 });
    if (world.rank === 1) process.exit();
    for (const source of [0, 1]) await parent?.recv({ source });
    throw new Error('enough');
  `,
  'alone.mjs': `
    import { world } from 'tsmpi';
    await world.spawn('job.ts', { ranks: 1 }).catch((error) => console.log(error.message));
  `,
};

test('a spawned rank that fails ends the job, or not, as --on-failure says; and is told apart', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    const ends = await runTsmpirun(['-n', '2', '--tag-output', 'job.ts'], { cwd });
    assert.equal(ends.code, 1, ends.stderr);
    assert.match(ends.stderr, /^tsmpirun: rank 1:0 threw\nError: enough\n {4}at .*kids\/kid\.ts:\d+/m);
    assert.match(ends.stdout, /^\[1:0\] kid one$/m);
    assert.match(ends.stdout, /^\[1:1\] kid one$/m);
    const goesOn = await runTsmpirun(['-n', '2', '--on-failure', 'continue', '--output-dir', 'out', 'job.ts'], { cwd });
    assert.equal(goesOn.code, 0, goesOn.stderr);
    assert.match(goesOn.stderr, /rank 1:0 threw; the job goes on/);
    assert.match(
      readFileSync(join(cwd, 'out', 'rank-1.stdout'), 'utf8'),
      /rank 0 of the other side has failed.*\n.*rank 1 of the other side has returned/,
    );
    assert.deepEqual(readdirSync(join(cwd, 'out')).sort(), [
      ...['rank-0.stderr', 'rank-0.stdout', 'rank-1.stderr', 'rank-1.stdout'],
      ...['spawn-1-rank-0.stdout', 'spawn-1-rank-1.stdout'],
    ]);
  });
});

test('a program outside of a job cannot spawn, and is told what can', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    const { stdout } = await runCommand(process.execPath, ['alone.mjs'], { cwd });
    assert.match(stdout, /^\[ERR_UNSUPPORTED\] rank 0 spawn on world: .*; start it with tsmpirun\n$/);
  });
});
