import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eagerCreditBytes } from '../../runtime/core/limits.ts';
import { headerBytes } from '../../runtime/transport/header.ts';
import { runRanks } from '../harness/ranks.ts';

const module = new URL('./point-to-point-jobs.ts', import.meta.url).href;

/** Runs a job on one segment, and on segments that only their agents connect. */
function jobTest(name: string, job: string, ranks: number, check?: (results: unknown[]) => void): void {
  for (const ranksPerSegment of new Set([ranks, Math.ceil(ranks / 2), 1])) {
    const shape = `${String(ranks)} ranks, ${String(ranksPerSegment)} to a segment`;
    test(`${name} (${shape})`, async () => {
      const ends = await runRanks({ ranks, ranksPerSegment, module, job });
      for (const [rank, { error }] of ends.entries()) {
        assert.equal(error, undefined, `rank ${String(rank)}: ${error?.stack ?? ''}`);
      }
      check?.(ends.map(({ result }) => result));
    });
  }
}

jobTest('numeric arrays of every type and length arrive as they were sent', 'arrays', 4);
jobTest('any structured-cloneable value arrives as it was sent', 'values', 2);
jobTest('messages of one source and tag arrive in order, short and long mixed', 'order', 3);
jobTest('receives with wildcards take messages in the order of posting', 'wildcards', 3);
jobTest('a busy receiver bounds what may wait at its door', 'credits', 2, ([complete]) => {
  assert.ok((complete as number) <= eagerCreditBytes / (8192 + headerBytes), `${String(complete)} sends complete`);
  assert.ok((complete as number) > 10);
});
jobTest('everyone may send to everyone at once, more than the rings hold', 'flood', 4);
jobTest('a synchronous send is complete when it is matched', 'synchronous', 2);
jobTest('a probed message is received once, by whoever holds it', 'probes', 2);
jobTest('a message that a receive cannot take stays first in its queue', 'refusals', 2);
jobTest('PROC_NULL moves nothing and waits for nobody', 'nobody', 1);
jobTest('a loud sender does not keep a rank from hearing another one', 'loud', 3);
jobTest('a rank that the others always wait for moves its awaited calls', 'late', 3);
jobTest('strided views are packed on their way and unpacked at their end', 'columns', 2);
jobTest('a blocking call moves the outstanding awaited calls', 'mixed', 2);
jobTest('messages() gives every message and ends with its signal', 'iterator', 3);
for (const ranksPerSegment of [4, 2, 1]) {
  const seed = Math.floor(Math.random() * 2 ** 30);
  const shape = `${String(ranksPerSegment)} of 4 ranks to a segment`;
  test(`random traffic with cancelled sends loses and doubles nothing (${shape}, seed ${String(seed)})`, async () => {
    const ends = await runRanks({ ranks: 4, ranksPerSegment, module, job: 'soup', args: seed });
    for (const { error, result } of ends) {
      assert.equal(error, undefined, error?.stack);
      const [got, expected] = result as [number, number];
      assert.equal(got, expected);
    }
  });
}
jobTest('arrays over shared memory, parts of arrays and Buffers travel as their bytes', 'memories', 2);
