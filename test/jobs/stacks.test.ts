/** Every error of a call names the line of the job that made the call, and comes before anything of tsmpi's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

/** One job per test: rank 0 stays until it hears from rank 1, whose lines start at line 4 of job.ts. */
async function runRankOne(lines: readonly string[]): Promise<{ stderr: string; stdout: string; cwd: string }> {
  const job = [
    "import { createOp, self, strided, TsmpiError, world } from 'tsmpi';",
    'const use = (...used: unknown[]): unknown => used; use(createOp, self, strided, TsmpiError);',
    'if (world.rank === 0) await world.recv({ tag: 99 }); else {',
    ...lines,
    '}',
  ];
  return withTemporaryProject({ 'job.ts': job.join('\n') }, async (cwd) => {
    const { stderr, stdout } = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    return { stderr, stdout, cwd };
  });
}

const framesOf = (text: string): string[] => text.split('\n').filter((line) => /^\s+at /u.test(line));

/** A call that fails, where in its line the first frame must point, and the error. */
const failing: readonly [code: string, call: string][] = [
  ['ERR_TIMEOUT', 'await world.^recv({ source: 0, tag: 1, timeoutMs: 1 });'],
  ['ERR_TIMEOUT', 'await world.^probe({ source: 0, tag: 1, timeoutMs: 1 });'],
  ['ERR_TIMEOUT', 'world.sync.^recv({ source: 0, tag: 1, timeoutMs: 1 });'],
  ['ERR_TIMEOUT', 'const late = world.^recv({ tag: 1, timeoutMs: 1 }); await new Promise(setImmediate); await late;'],
  ['ERR_TIMEOUT', 'for ^await (const message of world.messages({ source: 0, timeoutMs: 1 })) use(message);'],
  ['ERR_RANK', 'await world.^send(1, { dest: 9 });'],
  ['ERR_TAG', 'world.sync.^recv({ tag: -5 });'],
  ['ERR_RANK', 'world.^tryProbe({ source: 2 });'],
  ['ERR_ARGUMENT', '^createOp(3 as never);'],
  ['ERR_ARGUMENT', '^strided(new Int8Array(3), { count: 9, stride: 1 });'],
  ['ERR_ARGUMENT', 'world.^abort(256);'],
  ['ERR_ROOT', 'await self.^broadcast(1, { root: 9 });'],
  ['ERR_ROOT', 'self.sync.^broadcast(1, { root: 9 });'],
  ['ERR_TYPE', 'await world.^send(() => 1, { dest: 0 });'],
  [
    'ERR_ARGUMENT',
    'const gone = new AbortController(); gone.abort(); self.sync.^barrier({ signal: gone.signal } as never);',
  ],
  // From here on, rank 0 has returned.
  ['ERR_RANK_FAILED', 'await world.send(0, { dest: 0, tag: 99 }); await world.^recv({ source: 0, tag: 1 });'],
  ['ERR_RANK_FAILED', 'await world.^allreduce(1);'],
  ['ERR_RANK_FAILED', 'world.sync.^allreduce(1);'],
];

test('the stack of every failing call starts at its line and column of job.ts, and has nothing of ours', async () => {
  const lines = failing.map(([, call]) => `try { ${call.replace('^', '')} } catch (error) { show(error); }`);
  const { stdout, stderr, cwd } = await runRankOne([
    "const show = (error: unknown): void => console.log((error as Error).stack + '\\n--');",
    ...lines,
  ]);
  assert.equal(stderr, '');
  const stacks = stdout.split('\n--\n');
  for (const [index, [code, call]] of failing.entries()) {
    const stack = stacks[index] ?? 'none';
    assert.ok(stack.startsWith(`TsmpiError: [${code}] `), `${call}\n${stack}`);
    const column = 'try { '.length + call.indexOf('^') + 1;
    const place = `${cwd}/job.ts:${String(index + 5)}:${call.includes('messages') ? '' : String(column)}`;
    assert.ok(framesOf(stack)[0]?.includes(place), `${place}\n${stack}`);
    assert.doesNotMatch(stack, /runtime\/(?:comm|chunks|index|collectives)/u);
  }
});

for (const [name, call] of [
  ['an awaited call', 'await world.recv({ source: 0 });'],
  ['a call that nobody awaits', 'void world.recv({ source: 0 });'],
] as const) {
  test(`the uncaught error of ${name} is printed with the line of job.ts, and nothing of ours`, async () => {
    const { stderr, cwd } = await runRankOne(['await world.send(0, { dest: 0, tag: 99 });', call]);
    assert.match(stderr, /^tsmpirun: rank 1 threw\nTsmpiError: \[ERR_RANK_FAILED\] rank 1 recv\(/u);
    assert.ok(framesOf(stderr)[0]?.includes(`${cwd}/job.ts:5:${String(call.indexOf('recv') + 1)}`), stderr);
    assert.equal(framesOf(stderr).length, 1, stderr);
  });
}

test('the functions between the job and a call are in the stack, also when no call site was remembered', async () => {
  const { stderr, cwd } = await runRankOne([
    'const inner = async (): Promise<unknown> => await world.recv({ source: 0 });',
    'const outer = async (): Promise<void> => void (await inner());',
    'for (let call = 0; call < 1000; call += 1) void world.recv({ source: 1, tag: 9 }).catch(use);',
    'const failure = outer();',
    'await world.send(0, { dest: 0, tag: 99 });',
    'await failure;',
  ]);
  const frames = framesOf(stderr);
  assert.ok(frames[0]?.includes(`inner (${cwd}/job.ts:4:`), stderr);
  assert.ok(frames[1]?.includes(`outer (${cwd}/job.ts:5:`), stderr);
});

test("what a user's reduction throws passes unchanged, and a caught error is as any other", async () => {
  const { stdout, stderr } = await runRankOne([
    "const mine = new TsmpiError('ERR_ARGUMENT', 'mine');",
    'const stack = mine.stack;',
    'const op = createOp<string>(() => { throw mine; });',
    'const thrown = world.allreduce("a", { op }).catch((error: unknown) => error);',
    'const error = await world.recv({ tag: 1, timeoutMs: 1 }).catch((caught: unknown) => caught) as TsmpiError;',
    "console.log(error instanceof TsmpiError, error.code, error.name, Object.keys(error).includes('stack'));",
    "error.stack = 'other';",
    'console.log(error.stack);',
    'await world.send(0, { dest: 0, tag: 99 });',
    'console.log((await thrown) === mine, mine.stack === stack);',
    '}',
    'if (world.rank === 0) {',
    '  await world.allreduce("b", { op: createOp<string>((left) => left) });',
  ]);
  assert.equal(stdout, 'true ERR_TIMEOUT TsmpiError false\nother\ntrue true\n', stderr);
});
