import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSandboxes } from '../harness/sandboxes.ts';

/** Long enough for any test here, short enough that a hang fails with the name of its test. */
const limit = { timeout: 60_000 };

test('a job of one sandbox runs, prints and ends', limit, async () => {
  const job = await runSandboxes({ programs: [`console.log('hello'); console.error('there');`] });
  assert.deepEqual(job.overs, [{ rank: 0, exitCode: 0, reason: 'exit' }]);
  assert.deepEqual(job.stdout, ['hello\n']);
  assert.deepEqual(job.stderr, ['there\n']);
  assert.deepEqual(job.exits, [0], job.logs.join(''));
});

test('ranks of several sandboxes end each in their own way, and the launcher hears how', limit, async () => {
  const job = await runSandboxes({
    programs: [
      `console.log('zero');`,
      `console.log('one'); process.exit(5);`,
      `console.log('two'); throw new TypeError('bad');`,
      `process.exitCode = 6; setTimeout(() => console.log('three'), 10);`,
    ],
    ranksPerSandbox: 2,
    onFailure: 'continue',
  });
  assert.deepEqual(job.stdout, ['zero\n', 'one\n', 'two\n', 'three\n']);
  assert.deepEqual(
    job.overs.map(({ rank, exitCode, reason, error }) => [rank, exitCode, reason, error?.message]),
    [
      [0, 0, 'exit', undefined],
      [1, 5, 'exit', undefined],
      [2, 1, 'throw', 'bad'],
      [3, 6, 'exit', undefined],
    ],
  );
  assert.match(job.overs[2]?.error?.stack ?? '', /TypeError: bad\n {4}at .*job2\.mjs:1:/);
  assert.deepEqual(job.exits, [0, 0], job.logs.join(''));
});

test('no line of a flood is lost, though the launcher is slow', limit, async () => {
  const lines = 20_000;
  const program = `for (let line = 0; line < ${String(lines)}; line += 1) console.log('line', line, '.'.repeat(50)); process.exit(0);`;
  const job = await runSandboxes({
    programs: [program, program],
    onOutput: () => new Promise((resolve) => setImmediate(resolve)),
  });
  for (const text of job.stdout) {
    const printed = text.split('\n');
    assert.equal(printed.length, lines + 1);
    assert.ok(printed.slice(0, lines).every((line, index) => line.startsWith(`line ${String(index)} `)));
  }
  assert.deepEqual(job.exits, [0, 0], job.logs.join(''));
});

test('standard input reaches the ranks that get it, piece by piece', limit, async () => {
  const program = `let all = ''; for await (const piece of process.stdin) all += piece; console.log(all.length, all.slice(0, 3));`;
  const job = await runSandboxes({
    programs: [program, program, `console.log('no input');`],
    stdin: [0],
    onGo: ({ service }) => {
      void (async () => {
        for (let piece = 0; piece < 20; piece += 1) await service.stdin(0, new Uint8Array(30_000).fill(97));
        await service.stdin(0, new Uint8Array(0));
        await service.stdin(0, null);
      })();
    },
  });
  assert.deepEqual(job.stdout, ['600000 aaa\n', '0 \n', 'no input\n']);
});

test('an abort ends ranks that compute, that wait and that have not been started', limit, async () => {
  const job = await runSandboxes({
    programs: [`console.log('busy'); for (;;);`, `console.log('waits'); setInterval(() => {}, 1000);`],
    onOutput: (rank, _, { service, indexes }) => {
      if (rank === 0) service.abort({ exitCode: 42, reason: 'enough' }, indexes);
    },
  });
  assert.deepEqual(
    job.overs.map(({ exitCode, reason }) => [exitCode, reason]),
    [
      [42, 'aborted'],
      [42, 'aborted'],
    ],
  );
  const early = await runSandboxes({
    programs: [`console.log('never');`, `console.log('never');`],
    onAllJoined: ({ service, indexes }) => {
      service.abort({ exitCode: 42, reason: 'enough' }, indexes);
    },
  });
  assert.deepEqual(early.stdout, ['', '']);
  assert.deepEqual(early.exits, [0, 0], early.logs.join(''));
  assert.deepEqual(job.exits, [0, 0], job.logs.join(''));
});

test('a rank in a call that nothing interrupts does not keep its sandbox', limit, async () => {
  const job = await runSandboxes({
    programs: [
      `import { execSync } from 'node:child_process';
       import { openSync, readSync } from 'node:fs';
       import { fileURLToPath } from 'node:url';
       const fifo = fileURLToPath(new URL('./fifo', import.meta.url));
       execSync('mkfifo "$FIFO"', { env: { ...process.env, FIFO: fifo } });
       const fd = openSync(fifo, 'r+');
       console.log('in');
       readSync(fd, Buffer.alloc(1));`,
    ],
    onOutput: (_, __, { service, indexes }) => {
      service.abort({ exitCode: 1, reason: 'enough' }, indexes);
    },
  });
  assert.deepEqual(job.exits, ['SIGKILL'], job.logs.join(''));
});

test('without its launcher a sandbox ends by itself', limit, async () => {
  const job = await runSandboxes({
    programs: [`console.log('busy'); for (;;);`, `setInterval(() => {}, 1000);`],
    onOutput: (_, __, { service }) => {
      void service.close();
    },
  });
  assert.deepEqual(job.exits, [1, 1]);
  assert.match(job.logs.join(''), /the launcher is gone/);
});

test('a rank out of memory is told apart', limit, async () => {
  const job = await runSandboxes({
    programs: [`const all = []; for (;;) all.push(new Array(1000).fill(all.length));`],
    heapMiB: 32,
  });
  assert.deepEqual(job.overs, [{ rank: 0, exitCode: 134, reason: 'out-of-memory' }]);
});
