/** Starting jobs from a program: `tsmpi/launcher`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createMesh, launch, type LaunchOptions, type MeshOptions } from 'tsmpi/launcher';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const files = {
  'sum.ts': [
    "import { world } from 'tsmpi';",
    "console.log(world.rank, await world.allreduce(1), process.argv[2], process.env['COLOUR']);",
  ].join('\n'),
  'watch.ts': "import { world } from 'tsmpi';\nconsole.log('watching', await world.allreduce(1), process.argv[2]);\n",
  'throws.ts':
    "import { world } from 'tsmpi';\nif (world.rank === 1) throw new RangeError('too far');\nawait world.barrier();\n",
  'forever.ts': "console.log('up');\nsetInterval(() => undefined, 1000);\n",
  'reads.ts': [
    "let text = '';",
    'for await (const chunk of process.stdin) text += String(chunk);',
    'console.log(text.toUpperCase());',
  ].join('\n'),
};

async function linesOf(output: AsyncIterable<{ rank: number; line: string }>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of output) lines.push(line);
  return lines.sort();
}

test('a launched job gives its lines, its exit code and the end of each rank', async () => {
  await withTemporaryProject(files, async (cwd) => {
    await using job = await launch('sum.ts', { ranks: 2, cwd, args: ['x'], env: { COLOUR: 'red' } });
    assert.deepEqual(await linesOf(job.output), ['0 2 x red', '1 2 x red']);
    const { exitCode, ranks } = await job.done;
    assert.equal(exitCode, 0);
    assert.deepEqual(ranks, [
      { rank: 0, reason: 'exit', exitCode: 0, signal: null },
      { rank: 1, reason: 'exit', exitCode: 0, signal: null },
    ]);
  });
});

test('more programs share one world, and scripts may be URLs', async () => {
  await withTemporaryProject(files, async (cwd) => {
    const url = pathToFileURL(join(cwd, 'watch.ts'));
    await using job = await launch('sum.ts', { ranks: 1, cwd, also: [{ script: url, ranks: 2, args: ['y'] }] });
    assert.deepEqual(await linesOf(job.output), ['0 3 undefined undefined', 'watching 3 y', 'watching 3 y']);
    assert.equal((await job.done).exitCode, 0);
  });
});

test('a throw comes back as an Error with its stack of the script', async () => {
  await withTemporaryProject(files, async (cwd) => {
    await using job = await launch('throws.ts', { ranks: 2, cwd });
    const { exitCode, ranks } = await job.done;
    assert.equal(exitCode, 1);
    assert.equal(ranks[0]?.reason, 'aborted');
    assert.equal(ranks[1]?.reason, 'throw');
    assert.equal(ranks[1].error?.message, 'too far');
    assert.match(ranks[1].error.stack ?? '', /throws\.ts:2:/);
  });
});

test('killing, aborting or disposing a job ends it', async () => {
  await withTemporaryProject(files, async (cwd) => {
    const killed = await launch('forever.ts', { ranks: 1, cwd });
    for await (const { line } of killed.output) {
      assert.equal(line, 'up');
      await killed.kill('enough');
    }
    assert.equal((await killed.done).exitCode, 137);

    const controller = new AbortController();
    const aborted = await launch('forever.ts', { ranks: 1, cwd, signal: controller.signal });
    controller.abort();
    assert.equal((await aborted.done).exitCode, 137);
    await assert.rejects(launch('forever.ts', { ranks: 1, cwd, signal: controller.signal }), { code: 'ERR_CANCELLED' });

    const disposed = await launch('forever.ts', { ranks: 1, cwd });
    await disposed[Symbol.asyncDispose]();
    assert.equal((await disposed.done).exitCode, 137);
  });
});

test('standard input comes from a stream, and one that fails ends the job', async () => {
  await withTemporaryProject(files, async (cwd) => {
    await using job = await launch('reads.ts', {
      ranks: 2,
      cwd,
      stdin: { rank: 1, stream: Readable.from(['a', 'b']) },
    });
    assert.deepEqual(await linesOf(job.output), ['', 'AB']);
    const broken = new Readable({
      read() {
        this.destroy(new Error('the pipe burst'));
      },
    });
    await using other = await launch('reads.ts', { ranks: 1, cwd, stdin: { rank: 0, stream: broken } });
    assert.equal((await other.done).exitCode, 1);
  });
});

test('options that make no sense and scripts that cannot be bundled are refused before anything starts', async () => {
  await withTemporaryProject({ ...files, 'broken.ts': 'const = 1;\n' }, async (cwd) => {
    for (const options of [
      { ranks: 0 },
      { ranks: 1.5 },
      { ranks: 1, ranksPerSandbox: 0 },
      { ranks: 1, backend: 'moon' },
      { ranks: 1, timeoutMs: -1 },
      { ranks: 1, stdin: { rank: 1, stream: Readable.from([]) } },
      { ranks: 1, mounts: [{ source: 'gone', target: '/data', writable: false }] },
      { ranks: 1, mounts: [{ source: cwd, target: '/proc/x', writable: false }] },
    ]) {
      await assert.rejects(launch('sum.ts', { cwd, ...options }), { code: 'ERR_ARGUMENT' }, JSON.stringify(options));
    }
    // Of other kinds than declared: programs that no compiler has seen.
    for (const wrong of [
      { ranks: '2' },
      { rank: 2 },
      { signal: 5 },
      { args: '--fast' },
      { args: [5] },
      { env: { LEVEL: 3 } },
      { mounts: [{ source: 'data', target: 'data' }] },
      { stdin: 'text' },
      { onFailure: 'ignore' },
      { attach: 'yes' },
      { also: [{ ranks: 1 }] },
      { backend: {} },
    ]) {
      const options = { cwd, ranks: 1, ...wrong } as unknown as LaunchOptions;
      const message = new RegExp(Object.keys(wrong)[0] ?? '', 'u');
      await assert.rejects(launch('sum.ts', options), { code: 'ERR_ARGUMENT', message }, JSON.stringify(wrong));
    }
    for (const script of [undefined, new URL('http://127.0.0.1/sum.ts')] as readonly unknown[]) {
      await assert.rejects(launch(script as string, { cwd, ranks: 1 }), { code: 'ERR_ARGUMENT' });
    }
    await assert.rejects(launch('sum.ts', undefined as unknown as LaunchOptions), { code: 'ERR_ARGUMENT' });
    await assert.rejects(createMesh({ signal: 5 } as unknown as MeshOptions), { code: 'ERR_ARGUMENT' });
    await assert.rejects(launch('broken.ts', { cwd, ranks: 1 }), { code: 'ERR_LAUNCH', message: /broken\.ts:1:7/ });
    await assert.rejects(launch('missing.ts', { cwd, ranks: 1 }), { code: 'ERR_ARGUMENT', message: /missing\.ts/ });
    await assert.rejects(launch('sum.ts', { cwd: join(cwd, 'gone'), ranks: 1 }), { code: 'ERR_ARGUMENT' });
  });
});
