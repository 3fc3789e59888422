/** Calls whose promises nobody awaits: their failures are heard, but not as noise of a job that ends anyway. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandResult, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

function run(...lines: string[]): Promise<CommandResult> {
  const files = { 'job.ts': ["import { world } from 'tsmpi';", ...lines].join('\n') };
  return withTemporaryProject(files, (cwd) => runTsmpirun(['-n', '3', 'job.ts'], { cwd }));
}

test('a call that nobody awaits, and that fails, ends the job as an unhandled rejection', async () => {
  const { code, stderr } = await run('if (world.rank === 1) void world.recv({ source: 1, tag: 3, timeoutMs: 1 });');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^tsmpirun: rank 1 threw\nTsmpiError: \[ERR_TIMEOUT\] rank 1 recv\(source 1, tag 3\)/u);
});

test("a listener for 'unhandledRejection' hears of it instead", async () => {
  const { code, stdout, stderr } = await run(
    "process.on('unhandledRejection', (error) => console.log((error as { code: string }).code));",
    'if (world.rank === 1) void world.recv({ source: 1, tag: 3, timeoutMs: 1 });',
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'ERR_TIMEOUT\n');
});

test('calls that nobody awaits are silent when the job is ended by abort()', async () => {
  const { code, stdout, stderr } = await run(
    'void world.recv({ tag: 1 });',
    'void world.send(new Float64Array(1e6), { dest: (world.rank + 1) % 3, tag: 2 });',
    'await world.barrier();',
    "if (world.rank === 1) world.abort(9, 'enough');",
    'setInterval(() => undefined, 1000);',
  );
  assert.equal(code, 9, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /rank 1 called abort\(9\): enough/u);
  assert.doesNotMatch(stderr, /ERR_ABORTED|threw|\n\s+at /u);
});

test('calls that nobody awaits are silent when another rank throws', async () => {
  const { code, stderr } = await run(
    'void world.recv({ tag: 1 });',
    'const gathered = world.gather(world.rank);',
    "if (world.rank === 1) throw new Error('mine');",
    'await gathered;',
    'setInterval(() => undefined, 1000);',
  );
  assert.equal(code, 1, stderr);
  assert.equal(stderr.split('Error: mine').length, 2, stderr);
  assert.doesNotMatch(stderr, /ERR_ABORTED|ERR_RANK_FAILED/u);
});

test('a call that is awaited after it has failed, by a catch that was there in time, is no unhandled rejection', async () => {
  const { code, stdout, stderr } = await run(
    'const call = world.recv({ tag: 9, timeoutMs: 1 });',
    'const outcome = call.then(() => 0, (error: { code: string }) => error.code);',
    'await new Promise((resolve) => setTimeout(resolve, 20));',
    'console.log(await outcome);',
    'await world.barrier();',
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'ERR_TIMEOUT\n'.repeat(3));
});
