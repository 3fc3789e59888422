/** The correctness matrix through real sandboxes and real sockets: one job, many shapes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

const shapes: readonly (readonly string[])[] = [
  ['-n', '1'],
  ['-n', '2'],
  ['-n', '3'],
  ['-n', '5'],
  ['-n', '8'],
  ['-n', '4', '--ranks-per-sandbox', '4'],
  ['-n', '7', '--ranks-per-sandbox', '3'],
  ['-n', '3', '--backend', 'process'],
  ['-n', '16', '--ranks-per-sandbox', '2'],
];

for (const shape of shapes) {
  test(`every call gives what MPI says: tsmpirun ${shape.join(' ')}`, async () => {
    const result = await runTsmpirun([...shape, 'test/fixtures/matrix-job.ts'], { timeoutMs: 180_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^ok \d+\n$/);
  });
}
