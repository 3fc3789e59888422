/** Random programs of sends, receives, wildcards, probes and cancels, through real sandboxes, judged by a model. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asked, judge, type Sent } from '../fixtures/matching-model.ts';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';

/** Others with TSMPI_TEST_SEED; when ranks run is another each time. */
const seed = Number(process.env['TSMPI_TEST_SEED'] ?? 1);

for (const shape of [
  ['-n', '3'],
  ['-n', '4', '--ranks-per-sandbox', '2', '--no-shared-memory'],
]) {
  test(`messages match as MPI says, whatever ranks do: tsmpirun ${shape.join(' ')}, seed ${String(seed)}`, async () => {
    const args = [...shape, 'test/fixtures/matching-job.ts', String(seed), '120'];
    const { code, stdout, stderr } = await runTsmpirun(args, { timeoutMs: 120_000 });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ok \d+\n$/u);
  });
}

const any = -1;

test('the model takes what can have been, and nothing else', () => {
  const sent: readonly Sent[] = [
    { source: 0, tag: 1, id: 0 },
    { source: 0, tag: 1, id: 1 },
    { source: 2, tag: 1, id: 2 },
  ];
  const told = (...asked: readonly (readonly [source: number, tag: number, got: Asked['got']])[]): string | null =>
    judge(
      sent,
      asked.map(([source, tag, got]) => ({ source, tag, got })),
    );
  assert.equal(told([0, 1, 0], [0, any, 1], [any, any, 2]), null);
  assert.equal(told([any, any, 2], [any, any, 0], [0, 1, 1]), null, 'sources come in any order');
  assert.equal(told([0, 1, 'cancelled'], [0, 1, 1], [0, 1, 0]), null, 'a cancelled receive may have held the first');
  assert.match(told([0, 1, 1], [0, 1, 0]) ?? '', /overtook/u);
  assert.match(told([0, 1, 2]) ?? '', /ask 0 got message 2/u, 'of another source');
  assert.match(told([any, any, 1], [0, 1, 0]) ?? '', /overtook/u);
  // Each was there before the other: the first receive takes both, the second has what came first.
  const crossed = judge(
    [
      { source: 0, tag: 1, id: 0 },
      { source: 2, tag: 2, id: 1 },
    ],
    [
      { source: any, tag: any, got: 1 },
      { source: 0, tag: any, got: 0 },
    ],
  );
  assert.equal(crossed, null);
});
