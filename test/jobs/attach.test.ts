/** A launching program that is a member of its job's mesh: `launch(…, { attach: true })`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Job, launch } from 'tsmpi/launcher';
import { bothSides } from '../fixtures/intercommunicator-body.ts';
import { countLeftovers, type Leftovers } from '../harness/leftovers.ts';

let start: Leftovers;
before(async () => {
  start = await countLeftovers({ withinMs: 0 });
});
after(async () => {
  assert.deepEqual((await countLeftovers({ since: start })).items, []);
});

const script = fileURLToPath(new URL('../fixtures/attached-job.ts', import.meta.url));

/** Its ranks, as this program sees them. */
function ranksOf(job: Job): NonNullable<Job['ranks']> {
  assert.ok(job.ranks !== null);
  return job.ranks;
}

/** This side of the body. What fails here would leave the ranks waiting. */
async function here(job: Job): Promise<number> {
  try {
    return await bothSides(ranksOf(job), false, false);
  } catch (error) {
    await job.kill();
    throw new Error(`here ${String(error)}, there ${String(await errorOf(job))}`, { cause: error });
  }
}

async function errorOf(job: Job): Promise<string | undefined> {
  const { ranks } = await job.done;
  return ranks.find(({ error }) => error !== undefined)?.error?.stack;
}

for (const shape of [
  { ranks: 3 },
  { ranks: 3, ranksPerSandbox: 2 },
  { ranks: 2, backend: 'process' },
  { ranks: 1, memoryMiB: 512 },
]) {
  test(`the program and its ranks are two sides: ${JSON.stringify(shape)}`, { timeout: 60_000 }, async () => {
    await using job = await launch(script, { ...shape, args: ['body'], attach: true });
    const ranks = ranksOf(job);
    assert.deepEqual([ranks.rank, ranks.size, ranks.remoteSize], [0, 1, shape.ranks]);
    const checks = await here(job);
    assert.ok(checks > 100, `${String(checks)} checks`);
    const { exitCode, ranks: ends } = await job.done;
    assert.equal(exitCode, 0, await errorOf(job));
    assert.deepEqual(
      ends.map(({ rank, reason }) => [rank, reason]),
      Array.from({ length: shape.ranks }, (_, rank) => [rank, 'exit']),
    );
  });
}

test('merged with its ranks, the program reduces with them, and spawns', { timeout: 60_000 }, async () => {
  await using job = await launch(script, { ranks: 2, args: ['merged'], attach: true });
  const all = await ranksOf(job).merge();
  assert.deepEqual([all.rank, all.size], [0, 3]);
  const sum = await all.allreduce(new Float64Array(50_000).fill(all.rank));
  assert.deepEqual(sum, new Float64Array(50_000).fill(3));
  const kids = await all.spawn('test/fixtures/attached-job.ts', { ranks: 2, args: ['kid'] }).catch((error: unknown) => {
    // The others pass a URL.
    assert.match(String(error), /ERR_MISMATCH/);
    return null;
  });
  assert.equal(kids, null);
  assert.equal((await job.done).exitCode, 1);
});

test('a program that attached and its ranks spawn together', { timeout: 60_000 }, async () => {
  await using job = await launch(script, { ranks: 2, args: ['merged'], attach: true });
  const all = await ranksOf(job).merge();
  await all.allreduce(new Float64Array(50_000).fill(all.rank));
  const kids = await all.spawn(new URL('../fixtures/attached-job.ts', import.meta.url), { ranks: 2, args: ['kid'] });
  assert.equal((await kids.recv({ source: 1 })).data, 0);
  const { exitCode, ranks } = await job.done;
  assert.equal(exitCode, 0, await errorOf(job));
  assert.deepEqual(
    ranks.map(({ rank }) => rank),
    [0, 1, 2, 3],
  );
});

test('two jobs at once, each with this program as its parent', { timeout: 60_000 }, async () => {
  await using first = await launch(script, { ranks: 2, args: ['body'], attach: true });
  await using second = await launch(script, { ranks: 2, args: ['body'], attach: true });
  await Promise.all([here(first), here(second)]);
  assert.deepEqual([(await first.done).exitCode, (await second.done).exitCode], [0, 0]);
});

test('calls that wait for ranks end with them, and what they had sent arrives', { timeout: 60_000 }, async () => {
  await using failing = await launch(script, { ranks: 2, args: ['throw'], attach: true });
  const waiting = assert.rejects(ranksOf(failing).recv({ source: 1 }), { code: /^ERR_(RANK_FAILED|ABORTED)$/ });
  await ranksOf(failing).send(0, { dest: 1 });
  await waiting;
  assert.equal((await failing.done).exitCode, 1);

  await using returning = await launch(script, { ranks: 2, args: ['return'], attach: true });
  assert.equal((await returning.done).exitCode, 0);
  assert.equal((await ranksOf(returning).recv({ source: 0 })).data, 'last words');
  await assert.rejects(ranksOf(returning).recv(), { code: 'ERR_RANK_FAILED', message: /returned/ });
  await assert.rejects(ranksOf(returning).send(1, { dest: 1, synchronous: true }), { code: 'ERR_RANK_FAILED' });

  await using killed = await launch(script, { ranks: 2, args: ['wait'], attach: true });
  const late = assert.rejects(ranksOf(killed).recv(), { code: 'ERR_ABORTED' });
  await killed.kill('enough');
  await late;
  await assert.rejects(ranksOf(killed).send(1, { dest: 0 }), { code: 'ERR_ABORTED' });
});

test('what the program cannot do it is told: block, or be without the ranks', { timeout: 60_000 }, async () => {
  await using job = await launch(script, { ranks: 1, args: ['wait'], attach: true });
  const merging = ranksOf(job).merge({ timeoutMs: 50 });
  await assert.rejects(merging, { code: 'ERR_TIMEOUT' });
  await using outside = await launch(script, { ranks: 1, args: ['wait'] });
  assert.equal(outside.ranks, null);
  assert.match((await errorOf(outside)) ?? '', /the launching program is the parent/);
});

test('a launch that is aborted on its way ends, wherever it is', { timeout: 60_000 }, async () => {
  for (const moment of [0, 50, 100, 200, 400]) {
    const stop = new AbortController();
    const launching = launch(script, { ranks: 2, args: ['wait'], attach: true, signal: stop.signal });
    setTimeout(() => {
      stop.abort();
    }, moment);
    // Before anything has started it rejects; later it has a job, which ends.
    const exitCode = await launching.then(
      async (job) => (await job.done).exitCode,
      () => 1,
    );
    assert.notEqual(exitCode, 0);
  }
});

test('the program ends the job by abort', { timeout: 60_000 }, async () => {
  await using job = await launch(script, { ranks: 2, args: ['merged'], attach: true });
  const all = await ranksOf(job).merge();
  assert.throws(() => all.sync.barrier(), { code: 'ERR_UNSUPPORTED', message: /await the same call/ });
  assert.throws(() => all.abort(7, 'enough'), { code: 'ERR_ABORTED' });
  assert.equal((await job.done).exitCode, 7);
});
