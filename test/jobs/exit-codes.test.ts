/** How a job ends, as its user sees it: exit code, and what is printed first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const job = (body: string): Record<string, string> => ({
  'job.ts': `import { world } from 'tsmpi';\n${body}\n`,
});

test('a job whose ranks all return has exit code 0 and prints nothing of its own', async () => {
  await withTemporaryProject(job('await world.barrier(); console.log(`rank ${world.rank}`);'), async (cwd) => {
    const result = await runTsmpirun(['-n', '3', 'job.ts'], { cwd });
    assert.deepEqual(result.stdout.trim().split('\n').sort(), ['rank 0', 'rank 1', 'rank 2']);
    assert.equal(result.stderr, '');
    assert.equal(result.code, 0);
  });
});

test("process.exit(5) in one rank is the job's exit code, and the waiting ranks are released", async () => {
  await withTemporaryProject(job('if (world.rank === 1) process.exit(5);\nawait world.barrier();'), async (cwd) => {
    const result = await runTsmpirun(['-n', '3', 'job.ts'], { cwd });
    assert.equal(result.code, 5, result.stderr);
    assert.match(result.stderr, /rank 1 ended with exit code 5/);
  });
});

test('process.exitCode counts as well', async () => {
  await withTemporaryProject(job('if (world.rank === 1) process.exitCode = 6;'), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    assert.equal(result.code, 6, result.stderr);
  });
});

test('abort(7) ends the job with 7 and prints its reason', async () => {
  const body = "if (world.rank === 2) world.abort(7, 'the input is empty');\nworld.sync.barrier();";
  await withTemporaryProject(job(body), async (cwd) => {
    const result = await runTsmpirun(['-n', '4', 'job.ts'], { cwd });
    assert.equal(result.code, 7, result.stderr);
    assert.match(result.stderr, /rank 2 called abort\(7\): the input is empty/);
  });
});

test('a throw is printed first and once, with its line of job.ts, and ends the job with 1', async () => {
  const files = {
    'job.ts': [
      "import { world } from 'tsmpi';",
      "import { explode } from './explode.ts';",
      'if (world.rank === 1) explode(41);',
      'await world.barrier();',
    ].join('\n'),
    'explode.ts': 'export function explode(n: number): never {\n  throw new RangeError(`no ${n + 1}`);\n}\n',
  };
  await withTemporaryProject(files, async (cwd) => {
    const { code, stderr } = await runTsmpirun(['-n', '4', 'job.ts'], { cwd });
    assert.equal(code, 1, stderr);
    const lines = stderr.split('\n');
    assert.match(lines[0] ?? '', /rank 1 threw/);
    assert.match(lines[1] ?? '', /^RangeError: no 42/);
    assert.match(stderr, new RegExp(`at explode \\(${cwd}/explode\\.ts:2:9\\)`));
    assert.match(stderr, new RegExp(`${cwd}/job\\.ts:3:23`));
    assert.equal(stderr.split('no 42').length - 1, 1, stderr);
    assert.doesNotMatch(stderr, /ERR_ABORTED/);
    assert.match(stderr, /3 other ranks were aborted because of it/);
  });
});

test('ranks whose calls are aborted can catch ERR_ABORTED and run their finally blocks', async () => {
  const body = [
    "if (world.rank === 0) throw new Error('first');",
    'try {',
    '  await world.recv({ source: 0 });',
    '} catch (error) {',
    '  console.log(`rank ${world.rank}: ${(error as { code: string }).code}`);',
    '  throw error;',
    '} finally {',
    '  console.log(`rank ${world.rank}: finally`);',
    '}',
  ].join('\n');
  await withTemporaryProject(job(body), async (cwd) => {
    const { code, stdout, stderr } = await runTsmpirun(['-n', '3', 'job.ts'], { cwd });
    assert.equal(code, 1, stderr);
    assert.deepEqual(stdout.trim().split('\n').sort(), [
      'rank 1: ERR_ABORTED',
      'rank 1: finally',
      'rank 2: ERR_ABORTED',
      'rank 2: finally',
    ]);
  });
});

test('an un-awaited main runs to its end', async () => {
  const body = [
    'async function main(): Promise<void> {',
    '  await new Promise((resolve) => setTimeout(resolve, 20));',
    '  const sum = await world.allreduce(world.rank);',
    '  if (world.rank === 0) console.log(`sum ${sum}`);',
    '}',
    'void main();',
  ].join('\n');
  await withTemporaryProject(job(body), async (cwd) => {
    const result = await runTsmpirun(['-n', '3', 'job.ts'], { cwd });
    assert.equal(result.stdout, 'sum 3\n', result.stderr);
    assert.equal(result.code, 0);
  });
});

test('a top-level await that never settles with nothing left to wait for is exit code 13', async () => {
  await withTemporaryProject(job('await new Promise(() => undefined);'), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    assert.equal(result.code, 13, result.stderr);
    assert.match(result.stderr, /top-level await never settled/);
  });
});

test('an unhandled rejection is a throw', async () => {
  const body = "if (world.rank === 0) void Promise.reject(new Error('nobody caught me'));\nawait world.barrier();";
  await withTemporaryProject(job(body), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /nobody caught me/);
  });
});

test('--timeout ends a job that never ends, with 124', async () => {
  await withTemporaryProject(job('setInterval(() => undefined, 1000);'), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', '--timeout', '2s', 'job.ts'], { cwd });
    assert.equal(result.code, 124, result.stderr);
    assert.match(result.stderr, /--timeout of 2 s/);
  });
});

test('--timeout also ends ranks that never return to their event loop', async () => {
  await withTemporaryProject(job('for (;;);'), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', '--timeout', '2s', 'job.ts'], { cwd });
    assert.equal(result.code, 124, result.stderr);
  });
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends the job with ${String(code)}`, async () => {
    await withTemporaryProject(job("console.log('up');\nsetInterval(() => undefined, 1000);"), async (cwd) => {
      let pid = 0;
      const result = await runTsmpirun(['-n', '2', 'job.ts'], {
        cwd,
        onStart: (started) => {
          pid = started;
        },
        onStdout: () => process.kill(pid, signal),
      });
      assert.equal(result.code, code, result.stderr);
    });
  });
}

test('a rank that returns while another waits for it releases the waiting one, saying so', async () => {
  const body = 'if (world.rank === 1) await world.recv({ source: 0, tag: 3 });';
  await withTemporaryProject(job(body), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /ERR_RANK_FAILED.*rank 0 has returned/);
  });
});

test('what a rank sent before it returned still arrives', async () => {
  const body = [
    'const size = 1_000_000;',
    'if (world.rank === 0) {',
    '  void world.send(Float64Array.of(1, 2, 3), { dest: 1, tag: 1 });',
    '  void world.send(new Float64Array(size).fill(4), { dest: 1, tag: 2 });',
    '} else {',
    '  await new Promise((resolve) => setTimeout(resolve, 300));',
    '  const large = await world.recv<Float64Array>({ source: 0, tag: 2 });',
    '  const small = await world.recv<Float64Array>({ source: 0, tag: 1 });',
    '  console.log(large.data.length, large.data[size - 1], [...small.data].join());',
    '}',
  ].join('\n');
  await withTemporaryProject(job(body), async (cwd) => {
    const result = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    assert.equal(result.stdout, '1000000 4 1,2,3\n', result.stderr);
    assert.equal(result.code, 0);
  });
});
