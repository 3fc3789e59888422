/** Communicators made from communicators: every call on every kind of them, in every shape of job. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

const few: readonly (readonly string[])[] = [
  ['-n', '5'],
  ['-n', '4', '--ranks-per-sandbox', '4'],
  ['-n', '6', '--ranks-per-sandbox', '2', '--no-shared-memory'],
  ['-n', '5', '--no-shared-memory'],
];
const shapes: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'communicators-job.ts': [
    ...['1', '2', '3', '4', '6', '7', '8', '9', '10', '16'].map((ranks) => ['-n', ranks]),
    ['-n', '8', '--ranks-per-sandbox', '3'],
    ['-n', '8', '--ranks-per-sandbox', '3', '--no-shared-memory'],
    ['-n', '16', '--ranks-per-sandbox', '16'],
    ...few,
  ],
  'communicator-calls-job.ts': few,
  'revoke-job.ts': few,
  'sums-job.ts': [['-n', '1'], ['-n', '64', '--ranks-per-sandbox', '32'], ...few],
};

for (const shape of [
  ['-n', '6'],
  ['-n', '9'],
  ['-n', '7', '--no-shared-memory'],
]) {
  test(`ranks that are left agree and go on: tsmpirun ${shape.join(' ')}`, async () => {
    const args = ['--on-failure', 'continue', ...shape, 'test/fixtures/survivors-job.ts'];
    const result = await runTsmpirun(args, { timeoutMs: 60_000 });
    assert.equal(result.code, 0, result.stderr);
    const left = Array.from({ length: Number(shape[1]) }, (_, rank) => rank).filter(
      (rank) => ![1, 2, 3].includes(rank),
    );
    assert.equal(result.stdout, `ok ${left.join(' ')}\n`);
  });
}

for (const [job, its] of Object.entries(shapes)) {
  for (const shape of its) {
    test(`${job}: tsmpirun ${shape.join(' ')}`, async () => {
      const result = await runTsmpirun([...shape, `test/fixtures/${job}`], { timeoutMs: 180_000 });
      assert.equal(result.code, 0, result.stderr);
      assert.match(result.stdout, /^ok \d+\n$/);
    });
  }
}
