/** Collectives of ranks that lie in several segments: mixes of calls, late ranks, wrong calls, and deaths. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandResult, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

function run(options: readonly string[], lines: readonly string[]): Promise<CommandResult> {
  const job = ["import { isTsmpiError, world } from 'tsmpi';", 'const { rank, size, sync } = world;', ...lines].join(
    '\n',
  );
  const args = ['--no-shared-memory', '--ranks-per-sandbox', '2', ...options, 'job.ts'];
  return withTemporaryProject({ 'job.ts': job }, (cwd) => runTsmpirun(args, { cwd }));
}

const sorted = (text: string): string[] => text.trim().split('\n').sort();

/** Prints the code of the error that `call` ends with. */
const tell = [
  'const codeOf = async (call: () => unknown): Promise<string> => {',
  '  try { await call(); return "ok"; } catch (error) { return isTsmpiError(error) ? error.code : String(error); }',
  '};',
];

test('twenty outstanding collectives among a hundred outstanding receives come back with their own results', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '5'],
    [
      'const next = (rank + 1) % size, previous = (rank + size - 1) % size;',
      'const receives = Array.from({ length: 100 }, (_, tag) => world.recv({ source: previous, tag }));',
      'const calls = Array.from({ length: 20 }, (_, i) => {',
      '  const long = new Float64Array(i % 2 === 0 ? 1 : 60_000).fill(rank + i);',
      '  return [() => world.allreduce(long), () => world.allgather(long), () => world.broadcast(long, { root: i % size }),',
      '    () => world.scan(long)][i % 4]!();',
      '});',
      'for (let tag = 99; tag >= 0; tag -= 1) await world.send(tag, { dest: next, tag });',
      'const results = await Promise.all(calls) as Float64Array[];',
      'for (const [i, result] of results.entries()) {',
      '  const sum = size * i + (size * (size - 1)) / 2;',
      '  const expected = [sum, i, (i % size) + i, (rank + 1) * i + (rank * (rank + 1)) / 2][i % 4];',
      '  if (result[0] !== expected) throw new Error(`call ${i}: ${result[0]} for ${expected}`);',
      '}',
      'for (const [tag, { data }] of (await Promise.all(receives)).entries()) if (data !== tag) throw new Error("order");',
      'console.log("fine");',
    ],
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(sorted(stdout), new Array(5).fill('fine'));
});

test('a rank whose partner arrives just when it begins to wait goes on', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '6'],
    [
      'const pair = await world.splitShared();',
      'const data = new Float64Array(16);',
      // Outstanding all the time: the event loop waits already when a call begins to.
      'const last = world.recv({ source: (rank + size - 1) % size, tag: 5 });',
      'for (let turn = 0; turn < 4000; turn += 1) {',
      '  await pair.scan(data);',
      '  await pair.allreduce(data);',
      '  if (turn % 7 === rank) pair.sync.barrier();',
      '  else await pair.barrier();',
      '}',
      'await world.send("over", { dest: (rank + 1) % size, tag: 5 });',
      'console.log((await last).data);',
    ],
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(sorted(stdout), new Array(6).fill('over'));
});

test('ranks that have slept for a late one wake, whichever level it is late on', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '6'],
    [
      'const { setTimeout: pause } = await import("node:timers/promises");',
      'for (const late of [0, 3, 5]) {',
      '  if (rank === late) await pause(1500);',
      '  if (sync.allreduce(1) !== size) throw new Error("sum");',
      '  if (rank === late) await pause(1500);',
      '  await world.barrier();',
      '}',
      'if (rank === 0) console.log("awake");',
    ],
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'awake\n');
});

for (const [what, odd, common] of [
  ['another collective', 'sync.barrier()', 'sync.allreduce(new Float64Array(4))'],
  ['another length', 'sync.allreduce(new Float64Array(3))', 'sync.allreduce(new Float64Array(4))'],
  ['another operation', "sync.allreduce(1, { op: 'max' })", 'sync.allreduce(1)'],
  ['another long length', 'sync.allreduce(new Float64Array(90_000))', 'sync.allreduce(new Float64Array(80_000))'],
] as const) {
  test(`a rank that calls ${what} than the others of its segment is ERR_MISMATCH there, and nobody hangs`, async () => {
    const { code, stdout, stderr } = await run(
      ['-n', '4'],
      [
        ...tell,
        `const code = await codeOf(() => rank === 1 ? ${odd} : ${common});`,
        'if (rank < 2) console.log(rank, code);',
        'if (code !== "ok") process.exitCode = 3;',
      ],
    );
    assert.notEqual(code, 0, stderr);
    assert.deepEqual(sorted(stdout), ['0 ERR_MISMATCH', '1 ERR_MISMATCH']);
  });
}

for (const call of ['allreduce', 'allgather', 'reduceScatter', 'barrier', 'scan', 'broadcast'] as const) {
  for (const policy of ['abort', 'continue'] as const) {
    test(`${call}, with a rank killed and --on-failure ${policy}: every survivor's call rejects`, async () => {
      const argument = call === 'barrier' ? '' : 'new Float64Array(size * (1 + (turn % 3) * 20_000))';
      const { code, stdout, stderr } = await run(
        ['-n', '6', '--on-failure', policy],
        [
          ...tell,
          'let turn = 0;',
          'const code = await codeOf(async () => {',
          '  for (;; turn += 1) {',
          '    if (rank === 3 && turn === 17) process.kill(process.pid, "SIGKILL");',
          `    if (turn % 2 === 0) sync.${call}(${argument}); else await world.${call}(${argument});`,
          '  }',
          '});',
          'console.log(rank, code === "ERR_RANK_FAILED" || code === "ERR_ABORTED" ? "rejected" : code);',
        ],
      );
      assert.notEqual(code, null, stderr);
      // Rank 2 lives in the sandbox that dies.
      assert.deepEqual(
        sorted(stdout),
        [0, 1, 4, 5].map((rank) => `${String(rank)} rejected`),
        stderr,
      );
    });
  }
}
