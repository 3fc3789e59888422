/** A benchmark is no test of time: these show that the suite runs, checks its answers and counts right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchResult } from '../../launcher/bench/result.ts';
import { measurements } from '../../launcher/bench/measurements.ts';
import { runTsmpi } from '../harness/run-tsmpirun.ts';

const timeoutMs = 300_000;

test('a quick bench measures everything under its name, and the figures agree with each other', async () => {
  const quick = ['bench', '--quick', '--sizes', '64', '--time', '2', '--json'];
  const { code, stdout, stderr } = await runTsmpi(quick, { timeoutMs });
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as BenchResult;
  assert.equal(result.failed, false);
  for (const { name, sizes, gives } of measurements) {
    if (gives === 'figures') continue;
    const points = result.points.filter((point) => point.name === name);
    const modes = new Set(points.map(({ mode }) => mode));
    assert.deepEqual([...modes], gives === 'samples' ? ['sync', 'async'] : [undefined], name);
    for (const point of points) {
      assert.deepEqual([point.who, point.ranks, point.bytes], ['tsmpi', 2, sizes === '' ? 0 : 64]);
      assert.ok(point.samples >= (gives === 'samples' ? 5 : 1), name);
      assert.ok(point.minNs <= point.medianNs && point.medianNs <= point.p99Ns, JSON.stringify(point));
      assert.equal(point.roundMediansNs.length, 1);
    }
  }
});

for (const [words, line] of [
  [['latancy'], /^tsmpi bench: latancy: nothing of that name is measured; did you mean latency\?\n$/],
  [['--rank', '2'], /^tsmpi bench: --rank: unknown option; did you mean --ranks\?\n$/],
  [['--ranks', 'two'], /^tsmpi bench: --ranks two: not a whole number; [^\n]+\n$/],
  [['--sizes', '8:'], /^tsmpi bench: --sizes 8:: not a list or range of sizes; [^\n]+\n$/],
  [['--sizes'], /^tsmpi bench: --sizes: it needs a value; [^\n]+\n$/],
  [['--vs', 'lam'], /^tsmpi bench: --vs lam: lam is unknown; it takes openmpi, [^\n]+\n$/],
  [['--quick=yes'], /^tsmpi bench: --quick: it takes no value; write --quick\n$/],
] as const) {
  test(`tsmpi bench ${words.join(' ')} is refused in one line`, async () => {
    const { code, stdout, stderr } = await runTsmpi(['bench', ...words]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, line);
  });
}
