import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandResult, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const here = { processor: cpus()[0]?.model.trim() ?? '', cores: availableParallelism() };
const elsewhere = { ...here, cores: here.cores + 1 };
const ring = (machine: object): string =>
  JSON.stringify({ version: 1, machine, algorithms: { allreduce: [{ algorithm: 'ring' }] }, shared: {} });

const job = `
  import { self, world } from 'tsmpi';
  const data = new Float64Array(32_768).fill(world.rank);
  for (let turn = 0; turn < 3; turn += 1) {
    const sum = world.sync.allreduce(data);
    if (sum[0] !== 1 || sum[32_767] !== 1) throw new Error('wrong sum');
  }
  await world.allreduce(data);
  world.sync.allreduce(1);
  await world.allreduce(2);
  world.sync.barrier();
  await world.gather({ rank: world.rank });
  self.sync.barrier();`;

/** Runs the job with --verbose; `usual`: the tuning file of the user. */
function run(
  words: readonly string[],
  { usual, named }: { usual?: string; named?: string } = {},
): Promise<CommandResult> {
  return withTemporaryProject({ 'job.ts': job }, (directory) => {
    mkdirSync(join(directory, 'config', 'tsmpi'), { recursive: true });
    if (usual !== undefined) writeFileSync(join(directory, 'config', 'tsmpi', 'tuning.json'), usual);
    if (named !== undefined) writeFileSync(join(directory, 'named.json'), named);
    const env = { XDG_CONFIG_HOME: join(directory, 'config') };
    return runTsmpirun(['-n', '2', ...words, 'job.ts'], { cwd: directory, env });
  });
}

/** What --verbose said of collectives, without whose agent said it. */
function formsIn({ code, stderr }: CommandResult): string[] {
  assert.equal(code, 0, stderr);
  return stderr.split('\n').flatMap((line) => /^tsmpirun: sandbox 0: (\w+ (?:of|on) .*)$/.exec(line)?.[1] ?? []);
}

const mesh = ['--verbose', '--no-shared-memory'];

describe('--verbose', () => {
  test('says once for each collective and magnitude of data which algorithm carries it over the mesh', async () => {
    assert.deepEqual(formsIn(await run(mesh)), [
      'allreduce of 256 KiB on 2 ranks: messages, rabenseifner',
      'allreduce of 8 B on 2 ranks: messages, recursive-doubling',
      'barrier on 2 ranks: messages, dissemination',
      'gather of a value on 2 ranks: messages',
      'barrier on 1 ranks: messages, dissemination',
    ]);
  });

  test('says which collectives go through shared memory, and how', async () => {
    const lines = formsIn(await run(['--verbose', '--ranks-per-sandbox', '2']));
    assert.deepEqual(
      lines.filter((line) => line.includes(' on 2 ranks') && !line.startsWith('gather')),
      [
        'allreduce of 256 KiB on 2 ranks: shared memory, tiles',
        'allreduce of 8 B on 2 ranks: shared memory, one step',
        'barrier on 2 ranks: shared memory, one step',
      ],
    );
  });

  test('is the only one that says so', async () => {
    const { code, stderr } = await run(['--no-shared-memory']);
    assert.deepEqual([code, stderr], [0, '']);
  });
});

describe('a tuning file', () => {
  const allreduce = 'allreduce of 256 KiB on 2 ranks: messages, ';

  test('that is named decides for all ranks, whatever machine it was measured on', async () => {
    const [first] = formsIn(await run([...mesh, '--tuning', 'named.json'], { named: ring(elsewhere) }));
    assert.equal(first, `${allreduce}ring`);
  });

  test('of the user decides where none is named, on the machine that it was measured on', async () => {
    assert.equal(formsIn(await run(mesh, { usual: ring(here) }))[0], `${allreduce}ring`);
    assert.equal(formsIn(await run(mesh, { usual: ring(elsewhere) }))[0], `${allreduce}rabenseifner`);
    assert.equal(
      formsIn(await run([...mesh, '--tuning', 'none'], { usual: ring(here) }))[0],
      `${allreduce}rabenseifner`,
    );
  });

  for (const [named, why] of [
    [undefined, /named\.json: it cannot be read \(ENOENT\)/],
    ['{', /named\.json: it is not JSON/],
    ['{ "version": 7 }', /named\.json: its version is 7, not 1/],
    [ring({}), /named\.json: machine\.processor is missing, not a name/],
  ] as const) {
    test(`with ${named ?? 'nothing there'} is refused in one line, and nothing is started`, async () => {
      const { code, stdout, stderr } = await run(['--tuning', 'named.json'], named === undefined ? {} : { named });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^tsmpirun: --tuning [^\n]+; [^\n]+\n$/);
      assert.match(stderr, why);
    });
  }
});
