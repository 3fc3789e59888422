/** Two copies of the package in one rank would take each other's messages: a clear error instead of a hang. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

test('a second copy of tsmpi in one rank is refused in words', async () => {
  const files = {
    'job.ts': [
      "import { world } from 'tsmpi';",
      "const other = (await import(new URL('./copy/runtime/index.js', import.meta.url).href)) as { world: typeof world };",
      'console.log(await other.world.allreduce(world.rank));',
    ].join('\n'),
  };
  await withTemporaryProject(files, async (cwd) => {
    await cp(join(packageRoot, 'dist'), join(cwd, 'copy'), { recursive: true });
    const result = await runTsmpirun(['-n', '2', 'job.ts'], { cwd });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /ERR_UNSUPPORTED.*second copy of tsmpi was loaded into one rank, from .*\/copy\//);
  });
});
