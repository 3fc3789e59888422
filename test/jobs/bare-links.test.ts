/** Ranks that use the links of their sandboxes themselves: what passes, and what becomes of it when a rank is away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandResult, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const helpers = `
  import { TsmpiError, world } from 'tsmpi';
  const { rank, size } = world;
  function numbers(count, first) { return Float64Array.from({ length: count }, (_, index) => first + index); }
  function check(array, count, first, what) {
    if (array.length !== count) throw new Error(what + ': ' + array.length + ' of ' + count);
    const wrong = array.findIndex((value, index) => value !== first + index);
    if (wrong >= 0) throw new Error(what + ': element ' + wrong + ' is ' + array[wrong]);
  }
  function compute(milliseconds) { for (const end = performance.now() + milliseconds; performance.now() < end; ); }
`;

function run(options: readonly string[], job: string): Promise<CommandResult> {
  return withTemporaryProject({ 'job.js': `${helpers}\n${job}` }, (cwd) =>
    runTsmpirun(['--no-shared-memory', ...options, 'job.js'], { cwd, timeoutMs: 60_000 }),
  );
}

test('more than the sockets hold waits for a rank that computes, and comes whole and in order', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '3'],
    `
      const counts = [0, 1, 7, 1000, 2048, 2049, 8191, 100_000, 1_000_000];
      if (rank === 0) {
        compute(200);
        for (const [tag, count] of counts.entries()) for (let round = 0; round < 40; round += 1) {
          for (const source of [1, 2]) {
            if (count > 10_000 && round > 1) continue;
            check(world.sync.recv({ source, tag }).data, count, source * round, source + ' ' + tag + ' ' + round);
          }
        }
        console.log('whole');
      } else {
        const sends = [];
        for (const [tag, count] of counts.entries()) for (let round = 0; round < 40; round += 1) {
          if (count > 10_000 && round > 1) continue;
          const data = numbers(count, rank * round);
          if (rank === 1) world.sync.send(data, { dest: 0, tag });
          else sends.push(world.send(data, { dest: 0, tag }));
        }
        await Promise.all(sends);
      }
    `,
  );
  assert.equal(stdout, 'whole\n', stderr);
  assert.equal(code, 0);
});

// Alone in their sandboxes, and by way of their agents.
for (const ranks of ['1', '2']) {
  test(`the front of long messages follows unasked, ${ranks} to a sandbox, whether they are waited for or not`, async () => {
    const { stdout, stderr } = await run(
      ['-n', '4', '--ranks-per-sandbox', ranks],
      `
        const other = (rank + 2) % size;
        const counts = [8192, 32_768, 32_769, 70_001, 500_000];
        if (rank < 2) {
          // As far as the credit goes a blocking send does not wait for its receiver, who waits for the last one first.
          world.sync.send(numbers(32_768, 1), { dest: other, tag: 1 });
          world.sync.send(numbers(8192, 2), { dest: other, tag: 2 });
          world.sync.send(numbers(1, 3), { dest: other, tag: 3 });
          const late = world.send(numbers(500_000, 4), { dest: other, tag: 4 });
          const gone = new AbortController();
          const withdrawn = world.send(numbers(500_000, 5), { dest: other, tag: 5, signal: gone.signal });
          world.sync.send(numbers(1, 6), { dest: other, tag: 6 });
          gone.abort();
          await withdrawn.then(() => { throw new Error('it went'); }, () => {});
          world.sync.send(numbers(1, 7), { dest: other, tag: 7 });
          await late;
          // The credit of what was withdrawn is there again, and that of the others, many times over.
          for (let round = 0; round < 40; round += 1) {
            for (const count of counts) world.sync.send(numbers(count, round), { dest: other, tag: count });
          }
        } else {
          check(world.sync.recv({ source: other, tag: 3 }).data, 1, 3, 'short');
          const probed = world.sync.probe({ source: other, tag: 2 });
          check(probed.recv().data, 8192, 2, 'probed');
          check(world.sync.recv({ source: other, tag: 1 }).data, 32_768, 1, 'unasked');
          check(world.sync.recv({ source: other, tag: 6 }).data, 1, 6, 'behind');
          check(world.sync.recv({ source: other, tag: 7 }).data, 1, 7, 'behind what was withdrawn');
          if (world.sync.tryProbe({ source: other, tag: 5 }) !== null) throw new Error('withdrawn, and there');
          check(world.sync.recv({ source: other, tag: 4 }).data, 500_000, 4, 'in part');
          for (let round = 0; round < 40; round += 1) {
            for (const count of counts) check(world.sync.recv({ source: other, tag: count }).data, count, round, 'many');
          }
          console.log('whole');
        }
      `,
    );
    assert.equal(stdout, 'whole\nwhole\n', stderr);
  });
}

test('two ranks that both send more than the sockets hold before they receive do not wait for each other', async () => {
  const { stdout, stderr } = await run(
    ['-n', '2'],
    `
      const other = 1 - rank;
      for (let round = 0; round < 30; round += 1) world.sync.send(numbers(2048, round), { dest: other });
      for (let round = 0; round < 30; round += 1) check(world.sync.recv({ source: other }).data, 2048, round, 'eager');
      const [, message] = await Promise.all([
        world.send(numbers(3_000_000, rank), { dest: other }),
        world.recv({ source: other }),
      ]);
      check(message.data, 3_000_000, other, 'long');
      console.log('both');
    `,
  );
  assert.equal(stdout, 'both\nboth\n', stderr);
});

test('a rank that awaits timers and messages is woken by its agent', async () => {
  const { stdout, stderr } = await run(
    ['-n', '4'],
    `
      const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
      for (let round = 0; round < 20; round += 1) {
        if (rank === 0) {
          const messages = [1, 2, 3].map((source) => world.recv({ source }));
          await pause();
          for (const [index, { data }] of (await Promise.all(messages)).entries()) check(data, 10, index + 1, 'timers');
          for (const dest of [1, 2, 3]) world.sync.send(numbers(50_000, round), { dest });
        } else {
          await pause();
          await world.send(numbers(10, rank), { dest: 0 });
          check((await world.recv({ source: 0 })).data, 50_000, round, 'answer');
        }
      }
      console.log('woken');
    `,
  );
  assert.equal(stdout, 'woken\n'.repeat(4), stderr);
});

test('what a rank has sent before it returned comes whole, and its agent takes what is still sent to it', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '3'],
    `
      if (rank === 1) for (let round = 0; round < 30; round += 1) world.sync.send(numbers(2048, round), { dest: 0 });
      if (rank === 2) {
        // Rank 1 has returned, or is about to: nobody there will ever ask for these.
        try { world.sync.recv({ source: 1 }); } catch (error) { console.log(error.code); }
        for (let round = 0; round < 100; round += 1) world.sync.send(numbers(2048, round), { dest: 1 });
      }
      if (rank === 0) {
        compute(200);
        for (let round = 0; round < 30; round += 1) check(world.sync.recv({ source: 1 }).data, 2048, round, 'left');
        console.log('whole');
      }
    `,
  );
  assert.deepEqual(stdout.trim().split('\n').sort(), ['ERR_RANK_FAILED', 'whole'], stderr);
  assert.equal(code, 0);
});

test('a rank that is killed in the middle of a long message fails its receive, and the job goes on', async () => {
  const { stdout, stderr } = await run(
    ['-n', '3', '--on-failure', 'continue'],
    `
      if (rank === 1) {
        void world.send(numbers(20_000_000, 0), { dest: 0 });
        await world.recv({ source: 0 });
        process.kill(process.pid, 'SIGKILL');
      }
      if (rank === 0) {
        const target = new Float64Array(20_000_000);
        const message = world.recv({ source: 1, into: target });
        await world.send('I am waiting', { dest: 1 });
        await message.catch((error) => console.log(error.code));
        check(world.sync.recv({ source: 2 }).data, 100, 5, 'after');
      }
      if (rank === 2) world.sync.send(numbers(100, 5), { dest: 0 });
    `,
  );
  assert.equal(stdout, 'ERR_RANK_FAILED\n', stderr);
});

test('a job that is aborted wakes ranks that wait in their sockets', async () => {
  const { code, stdout, stderr } = await run(
    ['-n', '3'],
    `
      if (rank === 0) { compute(100); world.abort(9, 'enough'); }
      try { world.sync.recv({ source: 0 }); } catch (error) { console.log(error.code); throw error; }
    `,
  );
  assert.equal(code, 9, stderr);
  assert.equal(stdout, 'ERR_ABORTED\n'.repeat(2), stderr);
});
