/**
 * Three sandboxes of two ranks, one of which is killed at a moment that nobody chose, in the middle of whatever
 * collective: no survivor hangs, and each hears why. The seed of a failure is in its test's name.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const job = `
  import { Worker } from 'node:worker_threads';
  import { isTsmpiError, world } from 'tsmpi';
  const { rank, size, sync } = world;

  // Mulberry32: the same numbers on every rank.
  let state = Number(process.argv[2]);
  function random(below) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  const lengths = [1, 600, 3000, 20_000, 100_000];
  function call(on) {
    const root = random(size);
    const data = new Float64Array(lengths[random(lengths.length)] * size).fill(rank);
    const calls = [
      () => on.allreduce(data),
      () => on.reduce(data, { root }),
      () => on.gather(data.subarray(0, data.length / size), { root }),
      () => on.scatter(rank === root ? data : undefined, { root }),
      () => on.alltoall(data),
    ];
    return calls[random(calls.length)]();
  }

  const victim = random(size);
  const delayMs = random(150);
  sync.barrier();
  if (rank === victim) {
    // From beside the rank's thread, which may be blocked in a call.
    const killer = 'setTimeout(() => process.kill(process.pid, "SIGKILL"), ' + String(delayMs) + ')';
    new Worker(killer, { eval: true });
  }
  try {
    for (;;) {
      const blocking = random(2) === 0;
      const result = call(blocking ? sync : world);
      if (!blocking) await result;
    }
  } catch (error) {
    console.log(rank, isTsmpiError(error) ? error.code : String(error));
  }
`;

/** The first number that a job draws: its victim. */
function victimOf(seed: number, size: number): number {
  const state = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) % size;
}

const ranks = 6;
for (const policy of ['abort', 'continue'] as const) {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`a sandbox of two dies at random, --on-failure ${policy}, seed ${seed}: all others hear of it`, async () => {
      const options = ['--no-shared-memory', '--ranks-per-sandbox', '2', '-n', `${ranks}`, '--on-failure', policy];
      const { code, stdout, stderr } = await withTemporaryProject({ 'job.js': job }, (cwd) =>
        runTsmpirun([...options, 'job.js', `${seed}`], { cwd, timeoutMs: 60_000 }),
      );
      // Where the job goes on its survivors have ended well.
      assert.equal(code === 0, policy === 'continue', stderr);
      const heard = new Map(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ') as [string, string]),
      );
      const dead = Math.floor(victimOf(seed, ranks) / 2);
      for (let rank = 0; rank < ranks; rank += 1) {
        if (Math.floor(rank / 2) === dead) continue;
        // Where the job goes on a dead rank is the only reason; where it ends, that may be heard of first.
        const right = policy === 'continue' ? /^ERR_RANK_FAILED$/ : /^ERR_(RANK_FAILED|ABORTED)$/;
        assert.match(heard.get(`${rank}`) ?? 'nothing', right, `rank ${rank}: ${stdout}${stderr}`);
      }
    });
  }
}
