import assert from 'node:assert/strict';

/** Fails with every line of `faults`; a comparison would cut a long list short. */
export function assertNone(faults: readonly string[]): void {
  assert.ok(faults.length === 0, `\n${faults.join('\n')}`);
}
