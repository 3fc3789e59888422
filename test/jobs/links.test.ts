/** Which links the sandboxes of a job open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const job = `
  import { readdirSync, readlinkSync } from 'node:fs';
  import { world } from 'tsmpi';
  const next = (world.rank + 1) % world.size, before = (world.rank + world.size - 1) % world.size;
  await world.sendrecv(new Float64Array(100_000), { dest: next, source: before });
  await world.allreduce(1);
  const files = readdirSync('/proc/self/fd').map((fd) => {
    try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; }
  });
  const sockets = files.filter((file) => file.startsWith('socket:')).length;
  const all = await world.gather(sockets, { root: 0 });
  if (all !== undefined) console.log(all.join(' '));
`;

test('sandboxes that share memory open no link, others one for each pair', async () => {
  await withTemporaryProject({ 'job.ts': job }, async (cwd) => {
    const alone = await runTsmpirun(['-n', '1', 'job.ts'], { cwd });
    const least = Number(alone.stdout);
    assert.ok(least > 0, alone.stderr);
    const sharing = await runTsmpirun(['-n', '4', 'job.ts'], { cwd });
    assert.equal(sharing.stdout, `${[0, 0, 0, 0].map((more) => least + more).join(' ')}\n`, sharing.stderr);
    const apart = await runTsmpirun(['-n', '4', '--no-shared-memory', 'job.ts'], { cwd });
    // Three links, and a listener for who is dialled.
    assert.equal(apart.stdout, `${[4, 4, 4, 3].map((more) => least + more).join(' ')}\n`, apart.stderr);
  });
});

test('a wait for a rank that returns ends, with and without links', async () => {
  const waits = `
    import { world } from 'tsmpi';
    if (world.rank > 0) {
      try { world.sync.recv({ source: 0 }); } catch (error) { console.log(error.code); }
      await world.recv({ source: 0 }).catch((error) => console.log(error.code));
    }
  `;
  await withTemporaryProject({ 'job.ts': waits }, async (cwd) => {
    for (const options of [[], ['--no-shared-memory'], ['--ranks-per-sandbox', '2']]) {
      const { stdout, stderr } = await runTsmpirun(['-n', '3', ...options, 'job.ts'], { cwd });
      assert.equal(stdout, 'ERR_RANK_FAILED\n'.repeat(4), `${options.join(' ')}\n${stderr}`);
    }
  });
});
