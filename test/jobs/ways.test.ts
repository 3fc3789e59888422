/** However each rank makes its calls, they meet: directly, in programs, blocking, awaited, many at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

const shapes: readonly (readonly string[])[] = [
  ['-n', '1'],
  ['-n', '2'],
  ['-n', '3'],
  ['-n', '8'],
  ['-n', '4', '--ranks-per-sandbox', '2'],
  ['-n', '5', '--ranks-per-sandbox', '2', '--no-shared-memory'],
];

for (const shape of shapes) {
  test(`ranks that make the same calls in different ways get the same: tsmpirun ${shape.join(' ')}`, async () => {
    const result = await runTsmpirun([...shape, 'test/fixtures/ways-job.ts'], { timeoutMs: 180_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^ok \d+\n$/);
  });
}
