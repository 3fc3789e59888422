import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { countLeftovers } from './leftovers.ts';
import { runCommand } from './run-tsmpirun.ts';
import { withTemporaryProject } from './temporary-project.ts';

test('a command gives its code, its output and its standard input back', async () => {
  const script = "process.stdin.pipe(process.stdout); process.stderr.write('warned'); process.exitCode = 3";
  const result = await runCommand(process.execPath, ['-e', script], { stdin: 'hello' });
  assert.deepEqual(result, { code: 3, signal: null, stdout: 'hello', stderr: 'warned' });
});

test('a command that does not end in time is killed and says what it wrote', async () => {
  const script = "process.stdout.write('before'); setInterval(() => undefined, 1000)";
  await assert.rejects(
    runCommand(process.execPath, ['-e', script], { timeoutMs: 1_000 }),
    /did not end within 1000 ms/,
  );
});

test('a temporary project resolves the package and is gone afterwards', async () => {
  const directory = await withTemporaryProject({ 'src/job.ts': 'export {};\n' }, (path) => {
    assert.ok(existsSync(`${path}/src/job.ts`));
    assert.ok(existsSync(`${path}/node_modules/tsmpi/package.json`));
    return path;
  });
  assert.equal(existsSync(directory), false);
});

test('a job directory without a living owner counts as left over', async () => {
  const directory = `/tmp/tsmpi-${String(process.pid).padStart(22, '0')}`;
  await mkdir(directory);
  try {
    const { items } = await countLeftovers({ withinMs: 0 });
    assert.ok(items.includes(`directory ${directory}`), items.join('\n'));
  } finally {
    await rm(directory, { recursive: true });
  }
});
