/** Meshes of several jobs: who meets, who cannot, and what the end of one is to the others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMesh, type Job, type LaunchOptions, type Mesh } from 'tsmpi/launcher';
import { countLeftovers, type Leftovers } from '../harness/leftovers.ts';
import { packageRoot, runCommand, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

let start: Leftovers;
before(async () => {
  start = await countLeftovers({ withinMs: 0 });
});
after(assertNothingLeft);

async function assertNothingLeft(): Promise<void> {
  assert.deepEqual((await countLeftovers({ since: start })).items, []);
}

const timeout = 90_000;
const script = fileURLToPath(new URL('../fixtures/meeting-job.ts', import.meta.url));

function launchIn(
  mesh: Mesh,
  name: string,
  args: readonly string[],
  options: Partial<LaunchOptions> = {},
): Promise<Job> {
  return mesh.launch(script, { ranks: 2, name, args, ...options });
}

/** Its lines, in no order, once it is over. */
async function linesOf(job: Job): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of job.output) lines.push(line);
  return lines.sort();
}

async function assertGood(...jobs: Job[]): Promise<void> {
  for (const job of jobs) {
    const { exitCode, ranks } = await job.done;
    assert.equal(exitCode, 0, ranks.find(({ error }) => error !== undefined)?.error?.stack);
  }
}

for (const [one, other] of [
  [{ ranks: 3 }, { ranks: 2 }],
  [
    { ranks: 2, ranksPerSandbox: 2 },
    { ranks: 3, ranksPerSandbox: 2 },
  ],
]) {
  test(`two jobs meet by name: ${JSON.stringify(one)}, ${JSON.stringify(other)}`, { timeout }, async () => {
    await using mesh = await createMesh();
    const first = await launchIn(mesh, 'one', ['other', 'first'], one);
    const second = await launchIn(mesh, 'other', ['one', 'second'], other);
    await assertGood(first, second);
    // Both names serve again, and ranks are numbered from 0 in each.
    const [third, fourth] = await Promise.all([
      launchIn(mesh, 'one', ['other', 'again']),
      launchIn(mesh, 'other', ['one', 'again']),
    ]);
    await assertGood(third, fourth);
    assert.deepEqual(
      (await fourth.done).ranks.map(({ rank }) => rank),
      [0, 1],
    );
  });
}

test('on a backend without shared memory', { timeout }, async () => {
  await using mesh = await createMesh({ backend: 'process' });
  const first = await launchIn(mesh, 'one', ['other', 'first']);
  const second = await launchIn(mesh, 'other', ['one', 'second']);
  await assertGood(first, second);
});

test('a job that comes late meets one that runs, and what it says last arrives', { timeout }, async () => {
  await using mesh = await createMesh();
  const early = await launchIn(mesh, 'early', ['late', 'listens']);
  const lines = linesOf(early);
  const late = await launchIn(mesh, 'late', ['early', 'talks'], { ranks: 3 });
  await assertGood(late, early);
  const words = new Array<string>(3).fill('last words');
  assert.deepEqual(await lines, ['ERR_RANK_FAILED', 'ERR_RANK_FAILED', ...words]);
});

test('a job of another mesh is not found, and under tsmpirun there is none to find', { timeout }, async () => {
  await using one = await createMesh();
  await using other = await createMesh();
  assert.notEqual(one.id, other.id);
  const wanted = await launchIn(one, 'wanted', ['seeker', 'waits', '2000'], { ranks: 1 });
  const seeker = await launchIn(other, 'seeker', ['wanted', 'waits', '500'], { ranks: 1 });
  assert.deepEqual(await linesOf(seeker), ['ERR_TIMEOUT', 'up']);
  assert.deepEqual(await linesOf(wanted), ['ERR_TIMEOUT', 'up']);
  const alone = await runTsmpirun(['-n', '1', script, 'wanted', 'waits']);
  assert.equal(alone.stdout, 'up\nERR_UNSUPPORTED\n');
});

test('the end of a job is told to those that need it, and ends no other', { timeout }, async () => {
  await using mesh = await createMesh();
  const counts = await launchIn(mesh, 'counts', ['throws', 'counts']);
  const waits = await launchIn(mesh, 'waits', ['nobody', 'waits']);
  const lines = linesOf(counts);
  const throws = await launchIn(mesh, 'throws', ['counts', 'throws']);
  assert.equal((await throws.done).exitCode, 1);
  // First of the message that does not come, then of the name.
  const each = ['2', 'ERR_RANK_FAILED', 'ERR_RANK_FAILED', 'met'];
  assert.deepEqual(await lines, [...each, ...each].sort());
  await assertGood(counts);
  await waits.kill();
});

test('names and calls that make no sense are refused', { timeout }, async () => {
  await using mesh = await createMesh();
  const job = await launchIn(mesh, 'self', ['self', 'refused']);
  const twin = launchIn(mesh, 'self', ['self', 'refused']);
  await assert.rejects(twin, { code: 'ERR_ARGUMENT', message: /already/ });
  const each = ['ERR_ARGUMENT', 'ERR_ARGUMENT', 'ERR_ARGUMENT', 'ERR_MISMATCH'];
  assert.deepEqual(await linesOf(job), [...each, ...each].sort());
  for (const wrong of [{ name: '' }, { name: 'x'.repeat(300) }, { backend: 'process' }, { ranks: 0 }]) {
    await assert.rejects(mesh.launch(script, { ranks: 1, ...wrong }), { code: 'ERR_ARGUMENT' }, JSON.stringify(wrong));
  }
  await assert.rejects(createMesh({ backend: 'moon' }), { code: 'ERR_ARGUMENT' });
});

test('a program whose launch was refused ends when it is done', { timeout: 20_000 }, async () => {
  const program = `
    import { createMesh } from 'tsmpi/launcher';
    const mesh = await createMesh();
    const options = { ranks: 1, name: 'one', args: ['nobody', 'waits'] };
    const job = await mesh.launch(${JSON.stringify(script)}, options);
    await mesh.launch(${JSON.stringify(script)}, options).catch(({ code }) => console.log(code));
    await mesh[Symbol.asyncDispose]();
  `;
  await withTemporaryProject({ 'refused.mjs': program }, async (cwd) => {
    const { stdout, code } = await runCommand(process.execPath, ['refused.mjs'], { cwd, timeoutMs: 15_000 });
    assert.deepEqual([stdout, code], ['ERR_ARGUMENT\n', 0]);
  });
});

test('ranks that give up while others meet them leave nobody waiting', { timeout }, async () => {
  await using mesh = await createMesh();
  const [one, other] = await Promise.all([
    launchIn(mesh, 'one', ['other', 'tries', '1']),
    launchIn(mesh, 'other', ['one', 'tries', '1000']),
  ]);
  const lines = [...(await linesOf(one)), ...(await linesOf(other))];
  await assertGood(one, other);
  assert.equal(lines.length, 4, lines.join('\n'));
});

test('a mesh that is disposed of, or aborted, ends its jobs', { timeout }, async () => {
  const mesh = await createMesh();
  const jobs = [await launchIn(mesh, 'one', ['nobody', 'waits']), await launchIn(mesh, 'two', ['nobody', 'waits'])];
  const starting = launchIn(mesh, 'three', ['nobody', 'waits'], { attach: true }).then(
    (job) => job.done,
    () => null,
  );
  await mesh[Symbol.asyncDispose]();
  for (const job of jobs) assert.equal((await job.done).exitCode, 137);
  await starting;
  await assert.rejects(launchIn(mesh, 'late', ['nobody', 'waits']), { code: 'ERR_LAUNCH', message: /disposed/ });
  const controller = new AbortController();
  const aborted = await createMesh({ signal: controller.signal });
  const job = await launchIn(aborted, 'one', ['nobody', 'waits']);
  controller.abort();
  assert.equal((await job.done).exitCode, 137);
  await aborted[Symbol.asyncDispose]();
  await assert.rejects(createMesh({ signal: controller.signal }), { code: 'ERR_CANCELLED' });
});

test('kill -9 of its creator ends a mesh within 5 s, and nothing of it is left', { timeout }, async () => {
  const creator = `
    import { createMesh } from 'tsmpi/launcher';
    const mesh = await createMesh();
    const jobs = [];
    for (const name of ['one', 'two']) {
      const job = await mesh.launch(${JSON.stringify(script)}, { ranks: 2, name, args: ['nobody', 'waits'], cwd: ${JSON.stringify(packageRoot)} });
      for await (const { line } of job.output) { console.log(name, line); break; }
      jobs.push(job);
    }
    process.kill(process.pid, 'SIGKILL');
  `;
  await withTemporaryProject({ 'creator.mjs': creator }, async (cwd) => {
    const { stdout } = await runCommand(process.execPath, ['creator.mjs'], { cwd });
    assert.equal(stdout, 'one up\ntwo up\n');
    // Within 5 s: what the count allows.
    await assertNothingLeft();
  });
});
