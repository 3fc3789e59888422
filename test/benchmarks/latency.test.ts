/** A benchmark is no test of time; this one only shows that it runs and checks its answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

test('the latency benchmark prints a row for each size', async () => {
  const shape = ['-n', '2', '--ranks-per-sandbox', '2'];
  const result = await runTsmpirun([...shape, 'benchmarks/osu/latency.ts']);
  assert.equal(result.code, 0, result.stderr);
  const rows = result.stdout.trim().split('\n').slice(1);
  assert.deepEqual(
    rows.map((row) => Number(row.trim().split(/\s+/)[0])),
    [0, 8, 64, 1024, 4096, 16_384, 65_536, 1_048_576],
  );
  for (const row of rows) assert.match(row, /^\s*\d+(\s+\d+\.\d){2}$/);
});

test('the latency benchmark says how many ranks it needs', async () => {
  const result = await runTsmpirun(['-n', '1', 'benchmarks/osu/latency.ts']);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /latency needs 2 ranks, not 1/);
});
