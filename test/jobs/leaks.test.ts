/** After a run nothing is left: no process, socket, directory, cgroup or mount. kills.test.ts does it by force. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countLeftovers, type Leftovers } from '../harness/leftovers.ts';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

let start: Leftovers;
before(async () => {
  start = await countLeftovers({ withinMs: 0 });
});

async function assertNothingLeft(): Promise<void> {
  const { items } = await countLeftovers({ since: start });
  assert.deepEqual(items, []);
}
after(assertNothingLeft);

const jobs = {
  'inside-collective.ts': [
    "import { world } from 'tsmpi';",
    "if (world.rank === 0) console.log('collective');",
    'for (;;) world.sync.allreduce(new Float64Array(1000));',
  ].join('\n'),
  'good.ts': "import { world } from 'tsmpi';\nawait world.barrier();\nif (world.rank === 0) console.log('done');\n",
  'throws.ts': "import { world } from 'tsmpi';\nif (world.rank === 0) throw new Error('x');\nawait world.barrier();\n",
};

test('after success and after a throw', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    assert.equal((await runTsmpirun(['-n', '3', 'good.ts'], { cwd })).code, 0);
    await assertNothingLeft();
    assert.equal((await runTsmpirun(['-n', '3', 'throws.ts'], { cwd })).code, 1);
    await assertNothingLeft();
  });
});

test('after Ctrl-C inside a collective', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    let launcher = 0;
    await runTsmpirun(['-n', '4', 'inside-collective.ts'], {
      cwd,
      onStart: (pid) => {
        launcher = pid;
      },
      onStdout: () => {
        process.kill(launcher, 'SIGINT');
      },
    });
    await assertNothingLeft();
  });
});
