/** The correctness matrix through real sandboxes and real sockets: one job, many shapes. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { binPath, packageRoot, runCommand, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const shapes: readonly (readonly string[])[] = [
  ['-n', '1'],
  ['-n', '2'],
  ['-n', '3'],
  ['-n', '5'],
  ['-n', '8'],
  ['-n', '4', '--ranks-per-sandbox', '4'],
  ['-n', '7', '--ranks-per-sandbox', '3'],
  ['-n', '3', '--backend', 'process'],
  ['-n', '16', '--ranks-per-sandbox', '2'],
  ['-n', '5', '--no-shared-memory'],
  ['-n', '6', '--ranks-per-sandbox', '2', '--no-shared-memory'],
  ['-n', '5', '--ranks-per-sandbox', '2', '--no-shared-memory'],
  ['-n', '8', '--ranks-per-sandbox', '3', '--no-shared-memory'],
];

for (const shape of shapes) {
  test(`every call gives what MPI says: tsmpirun ${shape.join(' ')}`, async () => {
    const result = await runTsmpirun([...shape, 'test/fixtures/matrix-job.ts'], { timeoutMs: 180_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^ok \d+\n$/);
  });
}

for (const shape of [
  ['-n', '4'],
  ['-n', '4', '--no-shared-memory'],
  ['-n', '6', '--ranks-per-sandbox', '2', '--no-shared-memory'],
]) {
  test(`every call gives what MPI says on one core: tsmpirun ${shape.join(' ')}`, async () => {
    const tsmpirun = [process.execPath, binPath('tsmpirun'), ...shape, 'test/fixtures/matrix-job.ts'];
    const result = await runCommand('taskset', ['-c', '0', ...tsmpirun], { timeoutMs: 180_000 });
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^ok \d+\n$/);
  });
}

test('without koffi and uWebSockets.js a line says what is lost, and every call gives what MPI says', async () => {
  const fixture = (name: string): Promise<Buffer> => readFile(join(packageRoot, 'test/fixtures', name));
  const files = { 'matrix-job.ts': await fixture('matrix-job.ts'), 'matrix-body.ts': await fixture('matrix-body.ts') };
  await withTemporaryProject(files, async (cwd) => {
    await installWithout(cwd, ['koffi', 'uWebSockets.js']);
    const installed = join(cwd, 'node_modules/tsmpi/dist/launcher/cli');
    for (const shape of [
      ['-n', '3'],
      ['-n', '6', '--ranks-per-sandbox', '2'],
    ]) {
      const args = [join(installed, 'tsmpirun.js'), ...shape, 'matrix-job.ts'];
      const result = await runCommand(process.execPath, args, { cwd, timeoutMs: 180_000 });
      assert.equal(result.code, 0, `${shape.join(' ')}: ${result.stderr}`);
      assert.match(result.stdout, /^ok \d+\n$/);
      assert.match(result.stderr, /^tsmpirun: koffi is not installed: .*slower \(npm install koffi\)$/m);
    }
    const doctor = await runCommand(process.execPath, [join(installed, 'tsmpi.js'), 'doctor'], { cwd });
    assert.match(doctor.stdout, /koffi is not installed: sandboxes on one machine share no memory/);
    assert.match(doctor.stdout, /uWebSockets\.js does not load/);
  });
});

/**
 * Puts a copy of the built package where the project has a link, with its dependencies beside it, but for `missing`.
 */
async function installWithout(project: string, missing: readonly string[]): Promise<void> {
  const modules = join(project, 'node_modules');
  await rm(join(modules, 'tsmpi'));
  for (const part of ['dist', 'package.json']) {
    await cp(join(packageRoot, part), join(modules, 'tsmpi', part), { recursive: true });
  }
  const manifest = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as Record<string, object>;
  const wanted = Object.keys({ ...manifest['dependencies'], ...manifest['optionalDependencies'] });
  for (const name of wanted.filter((known) => !missing.includes(known))) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(packageRoot, 'node_modules', name), join(modules, name));
  }
}
