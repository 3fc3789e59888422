/** kill -9 of every process of a job, while it starts, inside a collective and at its exit: what is said and left. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, test } from 'node:test';
import { countLeftovers, type Leftovers } from '../harness/leftovers.ts';
import { type CommandResult, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';
import { killFirst, type Victim, victimsOf } from '../harness/victims.ts';

let start: Leftovers;
before(async () => {
  start = await countLeftovers({ withinMs: 0 });
});

const jobs = {
  'collective.ts': [
    "import { world } from 'tsmpi';",
    'world.sync.barrier();',
    "if (world.rank === 0) console.log('all inside');",
    'for (;;) world.sync.allreduce(new Float64Array(1000));',
  ].join('\n'),
  'awaited.ts': [
    "import { world } from 'tsmpi';",
    'await world.barrier();',
    "if (world.rank === 0) console.log('all inside');",
    'for (;;) await world.allreduce(new Float64Array(1000));',
  ].join('\n'),
  // Rank 3 prints once it has seen the others return; it goes on alone.
  'alone.ts': [
    "import { world } from 'tsmpi';",
    'if (world.rank === 3) {',
    '  for (const source of [0, 1, 2]) await world.recv({ source }).catch(() => undefined);',
    "  console.log('alone');",
    '  setInterval(() => undefined, 1000);',
    '}',
  ].join('\n'),
  'spawn.ts': [
    "import { world } from 'tsmpi';",
    "const kids = world.spawn('exit.ts', { ranks: 4 });",
    "if (world.rank === 0) console.log('spawning');",
    'await (await kids).recv();',
  ].join('\n'),
  // The line is the last thing that rank 0 does: the kill meets ranks, sandboxes and launcher on their way out.
  'exit.ts':
    "import { world } from 'tsmpi';\nawait world.barrier();\nif (world.rank === 0) console.log('last words');\n",
};

interface Case {
  readonly victim: Victim;
  readonly when: 'start' | 'output';
  readonly job: keyof typeof jobs;
  readonly options?: readonly string[];
}

/** Runs the job, kills the victim, counts what is left. */
async function kill({ victim, when, job, options = [] }: Case): Promise<CommandResult & { struck: boolean }> {
  return withTemporaryProject(jobs, async (cwd) => {
    let launcher = 0;
    let striking: Promise<boolean> | undefined;
    const result = await runTsmpirun(['-n', '4', ...options, job], {
      cwd,
      onStart: (pid) => {
        launcher = pid;
        if (when === 'output') return;
        // The launcher is killed once there is something to leave behind.
        striking =
          victim === 'launcher' ? firstSandbox(pid).then(() => killFirst(pid, victim)) : killFirst(pid, victim);
      },
      onStdout: () => {
        striking ??= killFirst(launcher, victim);
      },
    });
    const struck = (await striking) ?? false;
    assert.deepEqual((await countLeftovers({ since: start })).items, []);
    return { ...result, struck };
  });
}

async function firstSandbox(launcher: number): Promise<void> {
  while (existsSync(`/proc/${String(launcher)}`)) {
    if ((await victimsOf(launcher)).some(({ kind }) => kind === 'bwrap' || kind === 'agent')) return;
  }
}

const sandboxed = ['bwrap', 'init', 'agent'] as const;

for (const [when, job, words] of [
  // A job that would not end by itself before the blow falls.
  ['start', 'collective.ts', 'while the job starts'],
  ['output', 'collective.ts', 'inside a collective'],
  ['output', 'spawn.ts', 'inside a spawn'],
  ['output', 'exit.ts', 'at the exit'],
] as const) {
  test(`kill -9 of the launcher ${words} leaves nothing`, async () => {
    const { signal, struck } = await kill({ victim: 'launcher', when, job });
    assert.equal(struck, true);
    assert.equal(signal, 'SIGKILL');
  });
}

for (const victim of sandboxed) {
  for (const [when, job, words] of [
    ['start', 'collective.ts', 'while the job starts'],
    ['output', 'collective.ts', 'inside a blocking collective'],
  ] as const) {
    test(`kill -9 of a sandbox's ${victim} ${words} ends the job, names rank and signal, and leaves nothing`, async () => {
      const { code, stderr } = await kill({ victim, when, job });
      assert.equal(code, 137, stderr);
      assert.match(stderr, /^tsmpirun: rank \d died: its sandbox was killed by SIGKILL\n/);
      assert.equal(stderr.split(' died: ').length - 1, 1, stderr);
      assert.match(stderr, /the job ended with exit code 137; 3 other ranks were (aborted|ended) because of it\n$/);
    });
  }

  test(`kill -9 of a sandbox's ${victim} at the exit leaves nothing`, async () => {
    const { code, stdout, stderr } = await kill({ victim, when: 'output', job: 'exit.ts' });
    // A rank that had returned has returned; one that had not died.
    assert.ok(code === 0 || code === 137, stderr);
    assert.equal(stderr.includes('killed by SIGKILL'), code === 137, stderr);
    assert.equal(stdout, 'last words\n');
  });
}

test('kill -9 of an agent of two ranks inside an awaited collective names both', async () => {
  const options = ['--ranks-per-sandbox', '2'];
  const { code, stderr } = await kill({ victim: 'agent', when: 'output', job: 'awaited.ts', options });
  assert.equal(code, 137, stderr);
  assert.match(stderr, /^tsmpirun: ranks \d and \d died: its sandbox was killed by SIGKILL\n/);
});

test('kill -9 of the launcher and of an agent leave nothing of the process backend', async () => {
  const options = ['--backend', 'process'];
  const launcher = await kill({ victim: 'launcher', when: 'output', job: 'collective.ts', options });
  assert.equal(launcher.signal, 'SIGKILL');
  const agent = await kill({ victim: 'agent', when: 'output', job: 'awaited.ts', options });
  assert.equal(agent.code, 137, agent.stderr);
});

test('kill -9 of the reaper harms no job, which then cleans up without it', async () => {
  const { code, stderr, struck } = await kill({ victim: 'reaper', when: 'start', job: 'exit.ts' });
  assert.equal(struck, true);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
});

test('agent, after its rank has returned while another goes on: the job ends and says which sandbox died', async () => {
  const { code, stderr } = await kill({ victim: 'agent', when: 'output', job: 'alone.ts' });
  assert.equal(code, 137, stderr);
  assert.match(stderr, /rank \d died: its sandbox was killed by SIGKILL/);
});
