/** A rank that dies or fails: which calls of the others reject for what reason, and what is printed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandResult, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

function run(options: readonly string[], lines: readonly string[]): Promise<CommandResult> {
  const job = ["import { TsmpiError, world } from 'tsmpi';", ...lines].join('\n');
  return withTemporaryProject({ 'job.ts': job }, (cwd) => runTsmpirun([...options, 'job.ts'], { cwd }));
}

/** Rank 1 dies once all others are there, with nothing of its own still on the way to them. */
const rank1Dies = [
  'if (world.rank === 1) {',
  '  for (let others = world.size - 1; others > 0; others -= 1) world.sync.recv({ tag: 99 });',
  "  process.kill(process.pid, 'SIGKILL');",
  "} else world.sync.send('here', { dest: 1, tag: 99 });",
];

const sorted = (text: string): string[] => text.trim().split('\n').sort();

for (const [how, world, ...options] of [
  ['awaited', 'world'],
  ['blocking', 'world.sync'],
  ['awaited', 'world', '--no-shared-memory'],
  ['blocking', 'world.sync', '--no-shared-memory'],
] as const) {
  const name = [how, 'calls that need a killed rank reject with ERR_RANK_FAILED, others with ERR_ABORTED', ...options];
  test(name.join(' '), async () => {
    const { code, stdout, stderr } = await run(
      ['-n', '5', ...options],
      [
        ...rank1Dies,
        'const calls = [',
        `  () => ${world}.recv({ source: 1 }),`,
        '  () => undefined,',
        `  () => ${world}.recv({ source: 0 }),`,
        `  () => ${world}.allreduce(1),`,
        `  () => ${world}.send(new Float64Array(1_000_000), { dest: 1 }),`,
        '];',
        'try {',
        '  await calls[world.rank]?.();',
        '} catch (error) {',
        "  console.log(world.rank, error instanceof TsmpiError ? [error.code, error.failed ?? 'none'].join(' ') : error);",
        '  throw error;',
        '}',
      ],
    );
    assert.equal(code, 137, stderr);
    const expected = ['0 ERR_RANK_FAILED 1', '2 ERR_ABORTED none', '3 ERR_RANK_FAILED 1', '4 ERR_RANK_FAILED 1'];
    assert.deepEqual(sorted(stdout), expected, stderr);
    assert.equal(stderr.trimEnd().split('\n').length, 2, stderr);
  });
}

test('a call that is made after the death of the rank it needs says so as well', async () => {
  const { stdout, stderr } = await run(
    ['-n', '3'],
    [
      ...rank1Dies,
      'const codes: string[] = [];',
      'for (const source of [1, 1, 2 - world.rank]) {',
      '  try {',
      '    world.sync.recv({ source });',
      '  } catch (error) {',
      '    codes.push((error as TsmpiError).code);',
      '  }',
      '}',
      'console.log(world.rank, codes.join());',
      '// A rank that returned would be another reason for the last call of the other to fail.',
      'setInterval(() => undefined, 1000);',
    ],
  );
  assert.deepEqual(
    sorted(stdout),
    [0, 2].map((rank) => `${String(rank)} ERR_RANK_FAILED,ERR_RANK_FAILED,ERR_ABORTED`),
    stderr,
  );
});

test('what a rank has sent is received after it has returned, short or long', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '2'],
    [
      'const lengths = [1, 20_000, 100_000, 400_000];',
      'if (world.rank === 0) {',
      '  for (const length of lengths) await world.send(new Float64Array(length).fill(length), { dest: 1 });',
      '} else {',
      '  await world.recv({ source: 0, tag: 5 }).catch((error: TsmpiError) => console.log(error.code));',
      '  for (const length of lengths) {',
      '    const { data } = await world.recv<Float64Array>({ source: 0 });',
      '    console.log(data.length, data.every((value) => value === length));',
      '  }',
      '}',
    ],
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'ERR_RANK_FAILED\n1 true\n20000 true\n100000 true\n400000 true\n');
});

test('with --on-failure continue a throw is printed, and the job goes on to its end', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '3', '--on-failure', 'continue'],
    [
      "if (world.rank === 1) throw new RangeError('no more input');",
      'if (world.rank === 0) await world.recv({ source: 1 }).catch((error: TsmpiError) => console.log(error.code));',
      'console.log(world.rank);',
    ],
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(sorted(stdout), ['0', '2', 'ERR_RANK_FAILED']);
  assert.match(stderr, /^tsmpirun: rank 1 threw; the job goes on\nRangeError: no more input\n {4}at .*job\.ts:2:29/);
});

test('with --on-failure continue a job in which every rank fails says why, and fails', async () => {
  const { code, stderr } = await run(['-n', '2', '--on-failure', 'continue'], ["throw new Error('all fail');"]);
  assert.equal(code, 1);
  assert.equal(stderr.split('Error: all fail').length - 1, 2, stderr);
});

test('a rank that fills its memory is told apart from one that is killed', async () => {
  const fill = 'const held: Uint8Array[] = []; for (;;) held.push(new Uint8Array(8 << 20).fill(1));';
  const options = ['-n', '2', '--memory', '256M'];
  const { code, stderr } = await run(options, [`if (world.rank === 1) { ${fill} }`, 'world.sync.barrier();']);
  assert.match(stderr, /^tsmpirun: rank 1 (died: its sandbox )?ran out of memory/m);
  assert.ok(code === 134 || code === 137, String(code));
});

test('--timeout counts from the start of the command, whatever the job is doing by then', async () => {
  const { code, stdout, stderr } = await run(['-n', '2', '--timeout', '1ms'], ["console.log('too late');"]);
  assert.equal(code, 124, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^tsmpirun: the job did not end within its --timeout of 0\.001 s\n/);
});

test('what several ranks throw at once is told once for each, one of them as the cause', async () => {
  const { code, stderr } = await run(['-n', '4'], ['world.sync.barrier();', 'throw new Error(`by ${world.rank}`);']);
  assert.equal(code, 1);
  assert.match(stderr, /^tsmpirun: rank \d threw\nError: by \d\n/);
  for (const rank of [0, 1, 2, 3]) assert.ok(stderr.split(`Error: by ${String(rank)}`).length <= 2, stderr);
});
