import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packageRoot, runTsmpi, runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const readme = readFileSync(`${packageRoot}/README.md`, 'utf8');

/** The programs of the README: blocks that begin with three backticks, `ts` and a file name. */
function programs(): Map<string, string> {
  return new Map([...readme.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]));
}

/** What the README says they print: blocks named after the program, with the arguments of tsmpirun. */
function outputs(): { name: string; options: string[]; lines: string[] }[] {
  return [...readme.matchAll(/^```text (\S+) ([^\n]*)\n(.*?)^```$/gms)].map(
    ([, name = '', options = '', text = '']) => ({
      name,
      options: options.split(' '),
      lines: text.trimEnd().split('\n'),
    }),
  );
}

test('the README shows two programs and what they print', () => {
  assert.deepEqual([...programs().keys()], ['job.ts', 'broken.ts']);
  assert.deepEqual(
    outputs().map(({ name }) => name),
    ['job.ts', 'broken.ts'],
  );
});

for (const { name, options, lines } of outputs()) {
  test(`${name} of the README prints what the README says`, async () => {
    await withTemporaryProject({ [name]: programs().get(name) ?? '' }, async (directory) => {
      const result = await runTsmpirun([...options, name], { cwd: directory, timeoutMs: 60_000 });
      // The README leaves out the folder that the file is in, and stack frames that are not the file's.
      const printed = `${result.stdout}${result.stderr}`.replaceAll(`${directory}/`, '').replaceAll('file://', '');
      const found = printed.split('\n').filter((line) => lines.includes(line));
      assert.deepEqual(found, lines, printed);
    });
  });
}

test('the commands on the first screen are the ones that users are promised', () => {
  const block = /^```sh first-screen\n(.*?)^```$/ms.exec(readme)?.[1];
  assert.deepEqual(block?.trimEnd().split('\n'), [
    'npm ci && npx tsmpirun -n 32 examples/flights.ts',
    'npm ci && npm test',
  ]);
});

test('every option of the help is in the README', async () => {
  const { stdout } = await runTsmpirun(['--help']);
  const options = new Set([...stdout.matchAll(/^\s+(?:-\w, )?(--[a-z][a-z-]+)/gm)].map(([, option = '']) => option));
  assert.ok(options.size > 10, stdout);
  const missing = [...options].filter((option) => !readme.includes(option));
  assert.deepEqual(missing, []);
});

test('tsmpi doctor says what this machine has and lacks', async () => {
  const { code, stdout, stderr } = await runTsmpi(['doctor']);
  assert.ok(code === 0 || code === 1, stderr);
  for (const subject of ['bubblewrap', 'uWebSockets.js', 'koffi']) assert.match(stdout, new RegExp(subject));
});
