import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { countLeftovers } from '../harness/leftovers.ts';
import { packageRoot, runCommand, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { comparable, expectations } from './expectations.ts';

/** But for the one that needs a private network: see warehouse.test.ts. */
const examples = readdirSync(`${packageRoot}/examples`)
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => name !== 'warehouse');
/** Start-up of 32 sandboxes on a loaded machine with two cores included. */
const timeoutMs = 180_000;

const before = await countLeftovers({ withinMs: 0 });
const outputs = new Map<string, Promise<string>>();

/** Runs an example once for each number of ranks, however many tests ask. */
function outputOf(example: string, ranks: number): Promise<string> {
  const key = `${example} ${ranks}`;
  const output = outputs.get(key) ?? run(example, ranks);
  outputs.set(key, output);
  return output;
}

async function run(example: string, ranks: number): Promise<string> {
  const result = await runTsmpirun(['-n', String(ranks), `examples/${example}.ts`], { timeoutMs });
  assert.deepEqual({ code: result.code, signal: result.signal }, { code: 0, signal: null }, result.stderr);
  return result.stdout;
}

test('every example has an expectation', () => {
  assert.deepEqual(examples.sort(), Object.keys(expectations).sort());
});

for (const example of examples) {
  // The table of the flights is also held against itself below, and takes seconds.
  for (const ranks of example === 'flights' ? [1, 3] : [1, 2, 3, 5]) {
    test(`examples/${example}.ts gives its result with ${ranks} ranks`, async () => {
      expectations[example]?.(await outputOf(example, ranks), ranks);
    });
  }
}

test('the flights table is the same to the last digit with 1, 2, 3 and 32 ranks', async () => {
  const alone = comparable(await outputOf('flights', 1));
  for (const ranks of [2, 3, 32]) assert.equal(comparable(await outputOf('flights', ranks)), alone);
});

test('an example runs under plain node too, as a world of one', async () => {
  const result = await runCommand(process.execPath, ['--import', 'tsx', 'examples/heat2d.ts'], { timeoutMs });
  assert.equal(result.code, 0, result.stderr);
  expectations['heat2d']?.(result.stdout, 1);
});

test('the examples leave nothing behind', async () => {
  assert.deepEqual((await countLeftovers({ since: before })).items, []);
});
