import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind } from '../../runtime/transport/header.ts';
import { createHeader, encodeHeader } from '../../runtime/transport/header-codec.ts';
import { type RankEnd, runRanks } from '../harness/ranks.ts';

const module = new URL('./ends-jobs.ts', import.meta.url).href;

function allWell(ends: readonly RankEnd[]): unknown[] {
  for (const [rank, { error }] of ends.entries()) {
    assert.equal(error, undefined, `rank ${String(rank)}: ${error?.stack ?? ''}`);
  }
  return ends.map(({ result }) => result);
}

function jobTest(name: string, job: string, ranks: number, check?: (results: unknown[]) => void): void {
  for (const ranksPerSegment of [ranks, 1]) {
    test(`${name} (${String(ranksPerSegment)} of ${String(ranks)} ranks to a segment)`, async () => {
      const results = allWell(await runRanks({ ranks, ranksPerSegment, module, job }));
      check?.(results);
    });
  }
}

jobTest('a receive that ends early loses no message', 'cancelledReceives', 2);
jobTest('one signal ends many calls', 'oneSignal', 2);
jobTest('a long message survives the end of the receive that was taking it', 'cancelledPulls', 2);
jobTest('a send that ends early leaves no trace', 'cancelledSends', 2);
jobTest('a receive whose message is withdrawn waits on', 'withdrawn', 2);
jobTest('waiting for a rank that has returned is an error that says so', 'departed', 3, (results) => {
  assert.match(
    String(results[1]),
    /^\[ERR_RANK_FAILED\] rank 1 recv\(source 0, tag 2\) on world: rank 0 has returned;/u,
  );
});
jobTest('waiting for anybody when nobody is left is an error that says so', 'alone', 3, (results) => {
  assert.match(String(results[0]), /every other rank has returned/u);
});
jobTest('a collective that timed out revokes its communicator', 'timedOut', 2);

test('an abort ends every pending and later call, and says by whom and why', async () => {
  const results = allWell(await runRanks({ ranks: 3, module, job: 'aborted' }));
  assert.equal(results[0], 'ERR_ABORTED');
  for (const message of results.slice(1)) {
    assert.match(String(message), /ended by rank 0 with exit code 3: no more data/u);
  }
});

test('the failure of a rank ends the calls that need it, and no others', async () => {
  const ends = await runRanks({
    ranks: 3,
    module,
    job: 'failed',
    onStart: ([segment]) => {
      for (const destination of [0, 2]) {
        const notice = encodeHeader({ ...createHeader(Kind.failed), source: 1, destination });
        assert.equal(segment?.queue(segment.agent, destination).tryWrite(notice), true);
      }
    },
  });
  allWell(ends);
});
