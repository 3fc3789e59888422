import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { build } from 'esbuild';
import { type CommandResult, packageRoot, runCommand } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const loader = fileURLToPath(import.meta.resolve('tsx'));

function run(name: 'tsmpirun' | 'tsmpi', args: readonly string[], cwd = packageRoot): Promise<CommandResult> {
  const command = ['--import', loader, `${packageRoot}/launcher/cli/${name}.ts`, ...args];
  return runCommand(process.execPath, command, { cwd });
}

test('tsmpirun --help and --version print on standard output and exit with 0', async () => {
  const help = await run('tsmpirun', ['--help']);
  assert.deepEqual([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /^Usage: tsmpirun \[options\] job\.ts/);
  const version = await run('tsmpirun', ['--version']);
  assert.deepEqual([version.code, version.stderr], [0, '']);
  assert.match(version.stdout, /^tsmpi \d+\.\d+\.\d+\n$/);
});

test('a refusal is one line on standard error and exit code 2', async () => {
  const { code, stdout, stderr } = await run('tsmpirun', ['-n', '0', 'job.ts']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^tsmpirun: -n 0: [^\n]+\n$/);
});

test('tsmpi names its commands, runs tsmpirun as run, and refuses the rest', async () => {
  const help = await run('tsmpi', ['--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /doctor/);
  assert.match((await run('tsmpi', ['run', '--help'])).stdout, /^Usage: tsmpirun/);
  const typo = await run('tsmpi', ['docter']);
  assert.deepEqual([typo.code, typo.stderr], [2, 'tsmpi: "docter": unknown command; did you mean doctor?\n']);
  const nothing = await run('tsmpi', []);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /^tsmpi: no command given; [^\n]+\n$/);
});

test('help and refusals load neither the compiler nor the supervisor', async () => {
  const { metafile } = await build({
    entryPoints: [`${packageRoot}/launcher/cli/main.ts`],
    absWorkingDir: packageRoot,
    outdir: `${packageRoot}/never-written`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
    metafile: true,
  });
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const { path, kind } of metafile.outputs[name]?.imports ?? []) if (kind === 'import-statement') load(path);
  };
  const entry = Object.keys(metafile.outputs).find((name) => name.endsWith('/main.js'));
  assert.ok(entry);
  load(entry);
  const inputs = [...loaded].flatMap((name) => Object.keys(metafile.outputs[name]?.inputs ?? {}));
  const heavy = inputs.filter((path) => /supervise|bundle|output|backends/.test(path));
  assert.deepEqual(heavy, []);
  const packages = [...loaded].filter((name) => metafile.outputs[name] === undefined && !/^(?:node:)?\w+$/.test(name));
  assert.deepEqual(packages, []);
});

test('a program with an error is shown at its own line, with exit code 2', async () => {
  const files = {
    'syntax.ts': 'const a = 1;\nconst b = = 2;\n',
    'imports.ts':
      "import { nothing } from './missing.ts';\nimport x from 'no-such-package';\nconsole.log(nothing, x);\n",
  };
  await withTemporaryProject(files, async (cwd) => {
    const syntax = await run('tsmpirun', ['-n', '2', 'syntax.ts'], cwd);
    assert.deepEqual([syntax.code, syntax.stdout], [2, ''], syntax.stderr);
    assert.match(syntax.stderr, /^tsmpirun: syntax\.ts:2:11: [^\n]+\n +2 \| const b = = 2;\n +\| {11}\^\n$/);
    const imports = await run('tsmpirun', ['imports.ts'], cwd);
    assert.equal(imports.code, 2);
    assert.match(imports.stderr, /^tsmpirun: imports\.ts:1:25: Could not resolve ".\/missing\.ts": no such file$/m);
    assert.match(imports.stderr, /^imports\.ts:2:15: .*npm install no-such-package$/m);
  });
});
