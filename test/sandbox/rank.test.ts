import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { EndReason } from '../../runtime/sandbox/rank-task.ts';
import { runEntries, runProgram, runPrograms } from '../harness/mini-agent.ts';

/** Long enough for any test here, short enough that a hang fails with the name of its test. */
const limit = { timeout: 30_000 };

test('a rank that prints and returns is over with code 0', limit, async () => {
  const rank = await runProgram(
    `console.log('a'); console.error('b'); process.stdout.write('c'); process.stderr.write('d');`,
  );
  assert.equal(rank.stdout, 'a\nc');
  assert.equal(rank.stderr, 'b\nd');
  assert.equal(rank.exitCode, 0);
  assert.equal(rank.reason, EndReason.exit);
  assert.equal(rank.report, undefined);
});

test("a late request for the worker's own output finds the streams that took its place ready", limit, async () => {
  const rank = await runProgram(
    `for (const stream of [process.stdout, process.stderr]) {
       const symbols = Object.getOwnPropertySymbols(stream);
       stream[symbols.find((symbol) => symbol.description === 'kStdioWantsMoreDataCallback')]();
     }
     console.log('fine');`,
  );
  assert.equal(rank.stdout, 'fine\n');
  assert.equal(rank.report, undefined);
});

test('what a rank prints appears while it still computes', limit, async () => {
  const rank = await runProgram(
    `console.log('before');
     const word = new Int32Array(globalThis[Symbol.for('tsmpi.rank')].memory.buffer, 0, 1);
     while (Atomics.load(word, 0) === 0);
     console.log('after');`,
    {
      onStdout: (text, { segment }) => {
        if (text === 'before\n') Atomics.store(new Int32Array(segment.memory.buffer, 0, 1), 0, 1);
      },
    },
  );
  assert.equal(rank.stdout, 'before\nafter\n');
});

test('nothing is lost at process.exit, nor out of order', limit, async () => {
  const rank = await runProgram(
    `for (let line = 0; line < 100_000; line += 1) console.log('line', line);
     process.stdout.write('é'.repeat(200_000));
     process.exit(3);`,
  );
  const lines = rank.stdout.split('\n');
  assert.equal(lines.length, 100_001);
  assert.ok(lines.slice(0, 100_000).every((line, index) => line === `line ${String(index)}`));
  assert.equal(lines[100_000], 'é'.repeat(200_000));
  assert.equal(rank.exitCode, 3);
});

test('an un-awaited main runs to its end', limit, async () => {
  const rank = await runProgram(
    `import { setTimeout as sleep } from 'node:timers/promises';
     async function main() { await sleep(20); console.log('one'); await sleep(20); console.log('two'); process.exitCode = 4; }
     main();`,
  );
  assert.equal(rank.stdout, 'one\ntwo\n');
  assert.equal(rank.exitCode, 4);
});

test('a rank with nothing left to do ends though its handles are unreferenced', limit, async () => {
  const rank = await runProgram(`setInterval(() => {}, 10).unref(); console.log('x');`);
  assert.equal(rank.exitCode, 0);
});

test('a top-level await that never settles is exit code 13 and a warning', limit, async () => {
  const rank = await runProgram(
    `process.on('exit', (code) => console.log('exit', code)); await new Promise(() => {});`,
  );
  assert.equal(rank.exitCode, 13);
  assert.equal(rank.stdout, 'exit 13\n');
  assert.match(rank.stderr, /unsettled top-level await in .*job0\.mjs/);
});

test('process.exit in an unsettled top-level await keeps its code', limit, async () => {
  const rank = await runProgram(`setTimeout(() => process.exit(), 5); await new Promise(() => {});`);
  assert.equal(rank.exitCode, 0);
  assert.equal(rank.stderr, '');
});

test('a throw at the top level is reported with its stack, and is exit code 1', limit, async () => {
  const rank = await runProgram(`console.log('x');\nfunction deep() { throw new TypeError('no good'); }\ndeep();`);
  assert.equal(rank.stdout, 'x\n');
  assert.equal(rank.stderr, '');
  assert.equal(rank.exitCode, 1);
  assert.equal(rank.reason, EndReason.throw);
  assert.equal(rank.report?.name, 'TypeError');
  assert.equal(rank.report.message, 'no good');
  assert.match(rank.report.stack, /^TypeError: no good\n {4}at deep \(.*job0\.mjs:2:25\)\n {4}at .*job0\.mjs:3:1/);
  assert.doesNotMatch(rank.report.stack, /piscina|runtime\/sandbox|node:internal/);
});

test('a throw in a timer and an unhandled rejection end the rank with code 1', limit, async () => {
  const [timer, rejection, odd] = await runPrograms([
    `setTimeout(() => { throw new Error('later', { cause: new Error('why') }); }, 5); setInterval(() => {}, 1000);`,
    `async function main() { await null; throw new RangeError('rejected'); } main(); setInterval(() => {}, 1000);`,
    `Promise.reject(5); setInterval(() => {}, 1000);`,
  ]);
  assert.equal(timer?.exitCode, 1);
  assert.match(timer.report?.stack ?? '', /Error: later[^]*job0\.mjs:1[^]*cause[^]*Error: why/);
  assert.equal(rejection?.exitCode, 1);
  assert.match(rejection.report?.stack ?? '', /RangeError: rejected\n {4}at main \(.*job1\.mjs:1/);
  assert.equal(odd?.exitCode, 1);
  assert.equal(odd.report?.code, 'ERR_UNHANDLED_REJECTION');
  assert.match(odd.report.message, /reason "5"/);
});

test('a stack names the lines of the source that was bundled', limit, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tsmpi-test-'));
  try {
    const source = path.join(directory, 'job.ts');
    await writeFile(
      source,
      `interface A { a: number }\n\nfunction f(x: A): void {\n  throw new Error(String(x.a));\n}\nf({ a: 1 });\n`,
    );
    const entry = path.join(directory, 'out.mjs');
    await build({
      entryPoints: [source],
      outfile: entry,
      bundle: true,
      format: 'esm',
      minify: true,
      sourcemap: 'inline',
    });
    const [rank] = await runEntries([entry]);
    assert.match(rank?.report?.stack ?? '', /^Error: 1\n {4}at \w* ?\(.*job\.ts:4:9\)\n {4}at .*job\.ts:6:1/);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('whatever is thrown can be reported', limit, async () => {
  const sources = [
    'throw null;',
    'throw { a: 1 };',
    'throw undefined;',
    `throw new Proxy(new Error('p'), { get() { throw new Error('trap'); } });`,
    `throw new Error('x'.repeat(1e6));`,
    `const e = new Error('circle'); e.cause = e; throw e;`,
  ];
  const ranks = await runPrograms(sources);
  for (const rank of ranks) {
    assert.equal(rank.exitCode, 1);
    assert.equal(rank.reason, EndReason.throw);
    assert.ok((rank.report?.stack.length ?? 0) > 0);
  }
  assert.match(ranks[1]?.report?.stack ?? '', /Uncaught \{ a: 1 \}/);
});

test("listeners of the user's for uncaught errors win", limit, async () => {
  const [handled, atTop, rejection, threw] = await runPrograms([
    `process.on('uncaughtException', (e) => { console.log('got', e.message); }); setTimeout(() => { throw new Error('t'); }, 1);`,
    `process.on('uncaughtException', (e) => { console.log('got', e.message); process.exitCode = 9; }); throw new Error('top');`,
    `process.on('unhandledRejection', (e) => { console.log('got', e.message); }); Promise.reject(new Error('r'));`,
    `process.on('uncaughtException', () => { throw new Error('worse'); }); throw new Error('bad');`,
  ]);
  assert.deepEqual([handled?.stdout, handled?.exitCode, handled?.reason], ['got t\n', 0, EndReason.exit]);
  assert.deepEqual([atTop?.stdout, atTop?.exitCode], ['got top\n', 9]);
  assert.deepEqual([rejection?.stdout, rejection?.exitCode], ['got r\n', 0]);
  assert.deepEqual([threw?.exitCode, threw?.report?.message], [7, 'worse']);
});

test('process.exit ends the rank wherever it is called, and runs the exit listeners once', limit, async () => {
  const places = [
    `function f(n) { if (n === 0) process.exit(21); try { f(n - 1); } finally { console.log('never'); } } f(50);`,
    `setTimeout(() => { process.exit(21); console.log('never'); }, 1); setInterval(() => {}, 1000);`,
    `Promise.resolve().then(() => { process.exit(21); }).finally(() => console.log('never')); await new Promise(() => {});`,
    `process.exitCode = 21; process.exit();`,
    `process.on('exit', () => { process.exitCode = 21; }); process.exit(3);`,
    `process.on('exit', () => { process.exit(21); }); process.exit(3);`,
    `import { createRequire } from 'node:module'; process.emit('exit', 5); createRequire(import.meta.url)('node:process').exit(21);`,
  ];
  const ranks = await runPrograms(places.map((place) => `process.on('exit', () => console.log('bye'));\n${place}`));
  for (const [index, rank] of ranks.entries()) {
    assert.equal(rank.exitCode, 21, places[index]);
    assert.equal(rank.stdout, index === 6 ? 'bye\nbye\n' : 'bye\n', places[index]);
    assert.equal(rank.reason, EndReason.exit);
  }
});

test('exit listeners run at the end of the event loop, and beforeExit can add work', limit, async () => {
  const rank = await runProgram(
    `let turns = 0;
     process.on('beforeExit', (code) => { turns += 1; console.log('beforeExit', turns, code); if (turns < 3) setTimeout(() => {}, 1); });
     process.on('exit', (code) => { console.log('exit', code); process.exitCode = 8; });`,
  );
  assert.equal(rank.stdout, 'beforeExit 1 0\nbeforeExit 2 0\nbeforeExit 3 0\nexit 0\n');
  assert.equal(rank.exitCode, 8);
});

test('an exit listener that throws is reported', limit, async () => {
  const [natural, explicit] = await runPrograms([
    `process.on('exit', () => { throw new Error('in the listener'); });`,
    `process.on('exit', () => { throw new Error('in the listener'); }); process.exit(0);`,
  ]);
  for (const rank of [natural, explicit]) {
    assert.equal(rank?.report?.message, 'in the listener');
    assert.equal(rank.exitCode, 1);
  }
});

test('exit codes are those a shell would see', limit, async () => {
  const ranks = await runPrograms(['process.exit(256 + 7);', 'process.exit(-1);', `process.exitCode = '6';`]);
  assert.deepEqual(
    ranks.map((rank) => rank.exitCode),
    [7, 255, 6],
  );
});

test('argv, cwd and env are those of a program', limit, async () => {
  const rank = await runProgram(
    `console.log(JSON.stringify([process.argv.slice(2), process.cwd(), { ...process.env }, process.argv[1] === (await import('node:url')).fileURLToPath(import.meta.url)]));`,
    { args: ['--x', '', 'é'], env: { ONE: '1', EMPTY: '' } },
  );
  assert.deepEqual(JSON.parse(rank.stdout), [['--x', '', 'é'], process.cwd(), { ONE: '1', EMPTY: '' }, true]);
});

test('standard input streams, and its end is an end', limit, async () => {
  const pieces = ['first\nsec', 'ond\n', 'x'.repeat(30_000), 'y'.repeat(30_000), 'z'.repeat(30_000)];
  const [iterated, events, unused] = await runPrograms(
    [
      `let all = ''; process.stdin.setEncoding('utf8'); for await (const piece of process.stdin) all += piece; console.log(all);`,
      `import { createInterface } from 'node:readline'; let lines = 0; for await (const line of createInterface({ input: process.stdin })) { lines += 1; } console.log(lines);`,
      `console.log('not read');`,
    ],
    { stdin: pieces },
  );
  assert.equal(iterated?.stdout, `${pieces.join('')}\n`);
  assert.equal(events?.stdout, '3\n');
  assert.equal(unused?.stdout, 'not read\n');
});

test('waiting for input holds a rank, a paused or destroyed stdin does not', limit, async () => {
  const [paused, broken, unreferenced] = await runPrograms(
    [
      `process.stdin.on('data', (d) => { console.log(String(d)); process.stdin.pause(); });`,
      `for await (const d of process.stdin) { console.log(String(d)); break; }`,
      `process.stdin.on('data', (d) => { console.log(String(d)); }).unref(); setTimeout(() => {}, 100);`,
    ],
    { stdin: ['once'], stdinStaysOpen: true },
  );
  for (const rank of [paused, broken, unreferenced]) {
    assert.equal(rank?.stdout, 'once\n');
    assert.equal(rank.exitCode, 0);
  }
});

test('file descriptors 0, 1 and 2 are those of the rank', limit, async () => {
  const [written, read, pieces] = await runPrograms(
    [
      `import fs, { writeSync } from 'node:fs';
       import { promisify } from 'node:util';
       import { Worker } from 'node:worker_threads';
       console.log('a'); writeSync(1, 'b\\n'); console.log('c'); fs.writeSync(2, Buffer.from('xdy'), 1, 1);
       fs.writevSync(1, [Buffer.from('d'), Buffer.from('\\n')]);
       const { bytesWritten } = await promisify(fs.write)(1, 'é\\n', null, 'utf8');
       fs.write(1, new Uint8Array([102, 10]), () => console.log('last', bytesWritten));
       new Worker('console.log("nested")', { eval: true }).on('exit', () => { process.on('exit', () => fs.writeSync(1, 'exit')); });`,
      `import { readFileSync } from 'node:fs'; console.log(readFileSync(0, 'utf8').length, readFileSync('/dev/stdin').length);`,
      `import { createReadStream, readSync } from 'node:fs';
       const head = new Uint8Array(4); console.log(readSync(0, head, 1, 2), head.join());
       let n = 0; for await (const piece of createReadStream('', { fd: 0, autoClose: false })) n += piece.length; console.log(n);`,
    ],
    { stdin: ['x'.repeat(30_000), 'y'.repeat(10)] },
  );
  assert.equal(written?.stdout, 'a\nb\nc\nd\né\nf\nlast 3\nnested\nexit');
  assert.equal(written.stderr, 'd');
  assert.equal(read?.stdout, '30010 0\n');
  assert.equal(pieces?.stdout, '2 0,120,120,0\n30008\n');
});

test('a rank without input reads its end at once', limit, async () => {
  const rank = await runProgram(`let n = 0; for await (const d of process.stdin) n += d.length; console.log(n);`);
  assert.equal(rank.stdout, '0\n');
});

test('what a rank cannot do says so', limit, async () => {
  const rank = await runProgram(
    `try { process.chdir('/'); } catch (e) { console.log(e.code, e.message); }
     process.on('SIGINT', () => {}); process.on('SIGTERM', () => {});`,
  );
  assert.match(rank.stdout, /^ERR_UNSUPPORTED \[ERR_UNSUPPORTED\] rank 0 process\.chdir: .*; start tsmpirun in that/);
  assert.match(rank.stderr, /TsmpiWarning: rank 0: a listener for SIGINT is never called/);
  assert.doesNotMatch(rank.stderr, /SIGTERM/);
});

test('a full heap ends the rank as out of memory, and no second worker takes its place', limit, async () => {
  let most = 0;
  const [hog, other] = await runPrograms(
    [
      `console.log('filling'); const all = []; for (;;) all.push(new Array(1000).fill(all.length));`,
      `console.log('here'); setTimeout(() => console.log('still here'), 1500);`,
    ],
    {
      heapMiB: 24,
      onStdout: (_, { gang }) => {
        most = Math.max(most, gang.alive);
      },
    },
  );
  assert.equal(hog?.stdout, 'filling\n');
  assert.equal(hog.exitCode, undefined);
  assert.equal(hog.workerEnd.outOfMemory, true);
  assert.equal(other?.stdout, 'here\nstill here\n');
  assert.equal(other.exitCode, 0);
  assert.ok(most <= 2);
});

test('an error that says the job is aborted ends the rank without noise', limit, async () => {
  // By require: a worker under tsx loads TypeScript through it only.
  const errors = `import { createRequire } from 'node:module';
    const { TsmpiError } = createRequire('${import.meta.url}')('../../runtime/core/errors.ts');`;
  const [plain, wrapped] = await runPrograms([
    `${errors} throw new TsmpiError('ERR_ABORTED', 'the job ends');`,
    `${errors} throw new Error('outer', { cause: new TsmpiError('ERR_ABORTED', 'the job ends') });`,
  ]);
  for (const rank of [plain, wrapped]) {
    assert.equal(rank?.reason, EndReason.aborted);
    assert.equal(rank.exitCode, 1);
    assert.equal(rank.stderr, '');
  }
});
