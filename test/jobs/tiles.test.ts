/** Long arrays through real sandboxes that share memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

for (const ranks of [2, 3, 5, 8]) {
  test(`collectives of long arrays give what MPI says, in place and with alloc, on ${ranks} ranks`, async () => {
    const result = await runTsmpirun(['-n', String(ranks), 'test/fixtures/tiles-job.ts'], { timeoutMs: 120_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^ok \d+\n$/);
  });
}

test('where ranks share memory every collective uses it', async () => {
  const result = await runTsmpirun(['-n', '2', '--verbose', 'test/fixtures/tiles-job.ts'], { timeoutMs: 120_000 });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stderr, /gather of .*: shared memory, tiles/);
  assert.doesNotMatch(result.stderr, /: messages/);
});
