/** After every run, also a violent one, nothing is left: no process, socket, directory, cgroup or mount. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
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

/** Every living process below `root`, as pid and command. */
async function descendants(root: number): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const parents = new Map<number, { parent: number; command: string }>();
  for (const pid of pids) {
    try {
      const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const command = (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      parents.set(pid, { parent, command });
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined; at = parents.get(at.parent)) if (at.parent === root) return true;
    return false;
  };
  return [...parents].filter(([pid]) => isBelow(pid)).map(([pid, { command }]) => ({ pid, command }));
}

async function firstDescendant(root: number, pattern: RegExp): Promise<number> {
  for (;;) {
    const found = (await descendants(root)).filter(({ command }) => pattern.test(command)).at(-1);
    if (found !== undefined) return found.pid;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

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

test('after kill -9 of the launcher while sandboxes start', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    let killed: Promise<void> | undefined;
    const result = await runTsmpirun(['-n', '4', 'good.ts'], {
      cwd,
      onStart: (pid) => {
        killed = firstDescendant(pid, /runtime\/sandbox\/agent|bwrap/).then(() => {
          process.kill(pid, 'SIGKILL');
        });
      },
    });
    await killed;
    assert.equal(result.signal, 'SIGKILL');
    await assertNothingLeft();
  });
});

for (const [name, signal] of [
  ['kill -9', 'SIGKILL'],
  ['Ctrl-C', 'SIGINT'],
] as const) {
  test(`after ${name} of the launcher inside a collective`, async () => {
    await withTemporaryProject(jobs, async (cwd) => {
      let launcher = 0;
      await runTsmpirun(['-n', '4', 'inside-collective.ts'], {
        cwd,
        onStart: (pid) => {
          launcher = pid;
        },
        onStdout: () => {
          process.kill(launcher, signal);
        },
      });
      await assertNothingLeft();
    });
  });
}

test('after kill -9 of the launcher at the exit of the ranks', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    let launcher = 0;
    await runTsmpirun(['-n', '4', 'good.ts'], {
      cwd,
      onStart: (pid) => {
        launcher = pid;
      },
      onStdout: () => {
        process.kill(launcher, 'SIGKILL');
      },
    });
    await assertNothingLeft();
  });
});

test('after kill -9 of a sandbox inside a collective, and the report names rank and signal', async () => {
  await withTemporaryProject(jobs, async (cwd) => {
    for (const victim of [/^bwrap|\/bwrap/, /runtime\/sandbox\/agent/]) {
      let launcher = 0;
      let killing: Promise<void> | undefined;
      const result = await runTsmpirun(['-n', '4', 'inside-collective.ts'], {
        cwd,
        onStart: (pid) => {
          launcher = pid;
        },
        onStdout: () => {
          killing ??= firstDescendant(launcher, victim).then((pid) => {
            process.kill(pid, 'SIGKILL');
          });
        },
      });
      await killing;
      assert.equal(result.code, 137, result.stderr);
      assert.match(result.stderr, /rank \d died: its sandbox was killed by SIGKILL/);
      await assertNothingLeft();
    }
  });
});
