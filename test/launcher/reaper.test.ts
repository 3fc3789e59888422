import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createJobDirectory } from '../../launcher/job-directory.ts';
import { sweepDeadJobs } from '../../launcher/sweep.ts';
import { remainsAfter, remainsOf } from './fixtures/remains.ts';
import { SmallLauncher } from './fixtures/small-launcher.ts';

/** Sandboxes that would live for ever; the word makes their processes findable from outside. */
function sleepers(word: string): string[] {
  return ['-e', 'setInterval(() => {}, 1000)', word];
}

function pidOf(word: string, path: string): number {
  const found = readdirSync('/proc').find((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return /^\d+$/.test(pid) && command.includes(word) && command.includes(path);
    } catch {
      return false;
    }
  });
  return Number(found);
}

const plainUid = 61_871;
const isRoot = process.getuid?.() === 0;

describe('a job directory', () => {
  test('is the launcher’s alone, with short socket paths in it, and disposing of it leaves nothing', async () => {
    const directory = await createJobDirectory();
    assert.match(directory.path, /\/tsmpi-[A-Za-z0-9_-]{22}$/);
    assert.equal(lstatSync(directory.path).mode & 0o777, 0o700);
    assert.ok(join(directory.meshDirectory, '4095.sock').length <= 107);
    await directory.dispose();
    await directory.dispose();
    assert.deepEqual(remainsOf(directory.path, directory.id), []);
  });

  test('is refused to sandboxes when a path in it was opened to others, by its name', async () => {
    for (const pick of [0, 1, 2, 3]) {
      const directory = await createJobDirectory();
      const file = join(directory.bundleDirectory, 'job.mjs');
      writeFileSync(file, '');
      const path = [directory.path, directory.meshDirectory, directory.bundleDirectory, file][pick] ?? '';
      chmodSync(path, 0o777);
      await assert.rejects(directory.seal(), (error: Error) => error.message.includes(`${path} is open to others`));
      await directory.dispose();
    }
  });
});

for (const backend of ['local', 'process'] as const) {
  for (const uid of isRoot ? [undefined, plainUid] : [undefined]) {
    describe(`${backend} sandboxes of a launcher that is killed${uid === undefined ? '' : ', as a plain user'}`, () => {
      test('are gone with their directory, groups and mounts', async () => {
        const word = randomUUID();
        const launcher = new SmallLauncher(
          { backend, count: 3, command: sleepers(word), cwd: '/tmp' },
          { ...(uid === undefined ? {} : { uid }) },
        );
        const path = String((await launcher.event('directory'))['path']);
        await launcher.event('started');
        assert.notDeepEqual(remainsOf(path, word), []);
        await launcher.strike();
        assert.deepEqual(await remainsAfter(path, word), []);
      });
    });
  }

  test(`${backend} sandboxes of a launcher killed while it starts leave nothing`, async () => {
    const word = randomUUID();
    const launcher = new SmallLauncher({ backend, count: 8, command: sleepers(word), cwd: '/tmp' });
    const path = String((await launcher.event('directory'))['path']);
    await launcher.event('backend');
    await launcher.strike();
    assert.deepEqual(await remainsAfter(path, word), []);
  });
}

test('what a launcher left whose reaper was killed too, the next start sweeps', async () => {
  const word = randomUUID();
  const launcher = new SmallLauncher({
    backend: 'local',
    command: sleepers(word),
    cwd: '/tmp',
    limits: { memoryMiB: 512 },
  });
  const path = String((await launcher.event('directory'))['path']);
  await launcher.event('started');
  process.kill(pidOf('tsmpi-reaper', path), 'SIGKILL');
  await launcher.strike();
  const next = await createJobDirectory();
  await next.dispose();
  assert.deepEqual(await remainsAfter(path, word), []);
});

test('a sweep touches no directory of a living launcher and none that only looks like one', async () => {
  const living = await createJobDirectory();
  const impostor = join(tmpdir(), `tsmpi-${'x'.repeat(22)}`);
  mkdirSync(impostor, { recursive: true, mode: 0o700 });
  after(async () => {
    await living.dispose();
    rmSync(impostor, { recursive: true });
  });
  const swept = await sweepDeadJobs();
  assert.ok(!swept.includes(living.path) && !swept.includes(impostor));
  assert.ok(lstatSync(living.path).isDirectory() && lstatSync(impostor).isDirectory());
});
