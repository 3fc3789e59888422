/**
 * Runs every test file under test/ (or those whose path contains one of the arguments) through node's runner and tsx.
 * Node 20's `--test` takes files, not globs, so this lists them.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);

const files = readdirSync(`${root}/test`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `test/${path}`)
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort();

if (files.length === 0) {
  console.error(`No test file matches ${wanted.join(' or ')}; try a part of a path such as test/comm`);
  process.exit(2);
}

// Many tests start sandboxes of their own: more files at once than cores would only make each slower.
const concurrency = Math.min(4, availableParallelism());
// Those that count what jobs left on the machine must not see the jobs of others come and go.
const counting = files.filter((file) => readFileSync(`${root}/${file}`, 'utf8').includes('countLeftovers('));
const runs = [
  { files: files.filter((file) => !counting.includes(file)), concurrency },
  { files: counting, concurrency: 1 },
];
const reporters = process.env['CI'] === undefined ? [] : ['--test-reporter=spec', '--test-reporter-destination=stdout'];
for (const run of runs) {
  if (run.files.length === 0) continue;
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--test', `--test-concurrency=${String(run.concurrency)}`, ...reporters, ...run.files],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) process.exitCode = status ?? 1;
}
