import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runRanks } from '../harness/ranks.ts';

const module = new URL('./driver-jobs.ts', import.meta.url).href;

async function run(job: string, ranks: number, ranksPerSegment: number, args?: unknown): Promise<unknown[]> {
  const ends = await runRanks({ ranks, ranksPerSegment, module, job, args });
  for (const { error } of ends) assert.equal(error, undefined, error?.stack ?? error?.message);
  return ends.map(({ result }) => result);
}

/** [ranks, ranks of each segment]: one segment, all apart, and mixed. */
const shapes = [
  [1, 1],
  [2, 2],
  [3, 1],
  [4, 4],
  [5, 2],
] as const;

for (const [ranks, ranksPerSegment] of shapes) {
  describe(`${ranks} ranks on threads, ${ranksPerSegment} to a segment`, () => {
    for (const door of ['async', 'sync', 'functions']) {
      if (door === 'functions' && ranks !== 3) continue;
      it(`reduce alike by the ${door} driver`, async () => {
        await run('reductions', ranks, ranksPerSegment, { door, large: ranks === 3 || ranks === 4 });
      });
      it(`move data alike by the ${door} driver`, async () => {
        await run('movements', ranks, ranksPerSegment, { door, large: ranks === 3 || ranks === 4 });
      });
    }
    it('keep calls that overlap apart', async () => {
      await run('overlapping', ranks, ranksPerSegment);
    });
  });
}

it('bad arguments reject or throw, and cost the communicator nothing', async () => {
  const codes = ['ERR_ROOT', 'ERR_OP', 'ERR_ARGUMENT', 'ERR_COUNT', 'ERR_ARGUMENT'];
  assert.deepEqual(await run('refusals', 3, 2), [codes, codes, codes]);
});
