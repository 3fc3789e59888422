/** `comm.alloc` through real sandboxes, with memory that they share and without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

const shapes: readonly (readonly [where: 'shared' | 'ordinary', ...options: string[]])[] = [
  ['shared', '-n', '2'],
  ['shared', '-n', '4', '--ranks-per-sandbox', '2'],
  ['ordinary', '-n', '2', '--no-shared-memory'],
  ['ordinary', '-n', '2', '--ranks-per-sandbox', '2'],
  ['ordinary', '-n', '1'],
];

for (const [where, ...options] of shapes) {
  test(`alloc gives ${where} arrays of zeros, and uses no memory that anyone still sees: ${options.join(' ')}`, async () => {
    const result = await runTsmpirun([...options, 'test/fixtures/alloc-job.ts', where], { timeoutMs: 180_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stdout, 'ok\n');
  });
}
