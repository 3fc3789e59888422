/** The ranks' output: every line, whole, in each rank's own order. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/**
 * Checks that each of `ranks` printed `<rank> <i> …` for i = 0 … count − 1, in order, and that there is no other line.
 */
function assertAllInOrder(lines: readonly string[], ranks: number, count: number): void {
  const next = new Array<number>(ranks).fill(0);
  for (const line of lines) {
    const [rank, i, rest] = line.split(' ');
    assert.equal(Number(i), next[Number(rank)], `out of order: ${line}`);
    assert.equal(rest, 'x'.repeat(40), `not whole: ${line}`);
    next[Number(rank)] = Number(i) + 1;
  }
  assert.deepEqual(next, new Array<number>(ranks).fill(count));
}

test('100 000 lines from 32 ranks arrive whole, in order, without loss', async () => {
  const files = {
    'job.ts': [
      "import { world } from 'tsmpi';",
      "const filler = 'x'.repeat(40);",
      'for (let i = 0; i < 3125; i += 1) console.log(`${world.rank} ${i} ${filler}`);',
    ].join('\n'),
  };
  await withTemporaryProject(files, async (cwd) => {
    const result = await runTsmpirun(['-n', '32', '--ranks-per-sandbox', '4', 'job.ts'], { cwd, timeoutMs: 120_000 });
    assert.equal(result.code, 0, result.stderr);
    assertAllInOrder(linesOf(result.stdout), 32, 3125);
  });
});

test('nothing written is lost at process.exit, at a throw, or at an abort', async () => {
  for (const end of ['process.exit(3)', "throw new Error('end')", "world.abort(4, 'end')"]) {
    const files = {
      'job.ts': [
        "import { world } from 'tsmpi';",
        "const filler = 'x'.repeat(40);",
        'for (let i = 0; i < 20000; i += 1) console.log(`${world.rank} ${i} ${filler}`);',
        `${end};`,
      ].join('\n'),
    };
    await withTemporaryProject(files, async (cwd) => {
      const result = await runTsmpirun(['-n', '1', 'job.ts'], { cwd });
      assert.notEqual(result.code, 0);
      assertAllInOrder(linesOf(result.stdout), 1, 20_000);
    });
  }
});

test('output of a rank that never returns to its event loop appears at once', async () => {
  const files = { 'job.ts': "console.log('before the loop');\nfor (;;);\n" };
  await withTemporaryProject(files, async (cwd) => {
    let pid = 0;
    const result = await runTsmpirun(['-n', '2', 'job.ts'], {
      cwd,
      onStart: (started) => {
        pid = started;
      },
      // The ranks spin for ever: only seeing their output ends this test.
      onStdout: () => process.kill(pid, 'SIGINT'),
    });
    assert.equal(result.code, 130, result.stderr);
    assert.match(result.stdout, /before the loop/);
  });
});

test('stdout and stderr stay apart, and --tag-output names the rank', async () => {
  const files = {
    'job.ts':
      "import { world } from 'tsmpi';\nconsole.log('out');\nconsole.error('err');\nprocess.stdout.write('no newline');\nawait world.barrier();\n",
  };
  await withTemporaryProject(files, async (cwd) => {
    const result = await runTsmpirun(['-n', '2', '--tag-output', 'job.ts'], { cwd });
    assert.equal(result.code, 0, result.stderr);
    const tagged = linesOf(result.stdout).sort();
    assert.equal(tagged.length, 4, result.stdout);
    for (const rank of [0, 1]) {
      assert.ok(
        tagged.some((line) => line.includes(String(rank)) && line.endsWith('no newline')),
        result.stdout,
      );
    }
    assert.equal(linesOf(result.stderr).filter((line) => line.endsWith('err')).length, 2, result.stderr);
  });
});

test('--output-dir writes one file per rank and stream', async () => {
  const files = {
    'job.ts': "import { world } from 'tsmpi';\nconsole.log('out', world.rank);\nconsole.error('err');\n",
  };
  await withTemporaryProject(files, async (cwd) => {
    const result = await runTsmpirun(['-n', '2', '--output-dir', 'logs', 'job.ts'], { cwd });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, '');
    const { readdir } = await import('node:fs/promises');
    const names = (await readdir(join(cwd, 'logs'))).sort();
    assert.equal(names.length, 4, names.join());
    const texts = await Promise.all(names.map((name) => readFile(join(cwd, 'logs', name), 'utf8')));
    assert.deepEqual(texts.sort(), ['err\n', 'err\n', 'out 0\n', 'out 1\n']);
  });
});

test('--json prints one event per line, with output, the end of each rank and the exit code', async () => {
  const files = {
    'job.ts':
      "import { world } from 'tsmpi';\nconsole.log('hello');\nif (world.rank === 1) process.exit(9);\nawait world.barrier();\n",
  };
  await withTemporaryProject(files, async (cwd) => {
    const result = await runTsmpirun(['-n', '2', '--json', 'job.ts'], { cwd });
    assert.equal(result.code, 9, result.stderr);
    const events = linesOf(result.stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
    const text = JSON.stringify(events);
    assert.match(text, /hello/);
    assert.ok(
      events.some((event) => event['exitCode'] === 9 && event['rank'] === 1),
      text,
    );
    assert.equal(events.at(-1)?.['exitCode'], 9, text);
  });
});

test('standard input reaches the rank it is meant for, or all', async () => {
  const files = {
    'job.ts': [
      "import { world } from 'tsmpi';",
      "let text = '';",
      'for await (const chunk of process.stdin) text += String(chunk);',
      'console.log(world.rank, text.length);',
    ].join('\n'),
  };
  const stdin = 'y'.repeat(300_000);
  await withTemporaryProject(files, async (cwd) => {
    const one = await runTsmpirun(['-n', '3', '--stdin', '1', 'job.ts'], { cwd, stdin });
    assert.deepEqual(linesOf(one.stdout).sort(), ['0 0', '1 300000', '2 0'], one.stderr);
    const all = await runTsmpirun(['-n', '2', '--stdin', 'all', 'job.ts'], { cwd, stdin });
    assert.deepEqual(linesOf(all.stdout).sort(), ['0 300000', '1 300000'], all.stderr);
  });
});

test('--output-dir in a place where no folder can be made is refused before anything starts', async () => {
  await withTemporaryProject({ 'job.ts': "console.log('no');\n" }, async (cwd) => {
    const { code, stderr } = await runTsmpirun(['-n', '1', '--output-dir', '/proc/nowhere/logs', 'job.ts'], { cwd });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^tsmpirun: --output-dir \/proc\/nowhere\/logs: .*; name a folder.*\n$/);
  });
});
