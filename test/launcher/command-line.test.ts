import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { helpText } from '../../launcher/cli/help.ts';
import { options } from '../../launcher/cli/options.ts';
import { parseCommandLine, type RunCommand } from '../../launcher/cli/parse.ts';

const cwd = mkdtempSync(join(tmpdir(), 'tsmpi-cli-'));
after(() => {
  rmSync(cwd, { recursive: true, force: true });
});
for (const name of ['job.ts', 'solve.ts', 'watch.ts', '-odd.ts', 'notes.txt']) writeFileSync(join(cwd, name), '');
mkdirSync(join(cwd, 'src'));
writeFileSync(join(cwd, 'src', 'index.ts'), '');
mkdirSync(join(cwd, 'data'));

const env = { HOME_OF_JOB: '/home/x', EMPTY: '' };

function parse(...words: string[]): ReturnType<typeof parseCommandLine> {
  return parseCommandLine(words, { env, cwd });
}

function run(...words: string[]): RunCommand {
  const parsed = parse(...words);
  assert.equal(parsed.kind, 'run', parsed.kind === 'refusal' ? parsed.line : parsed.kind);
  return parsed;
}

function refusal(...words: string[]): string {
  const parsed = parse(...words);
  assert.equal(parsed.kind, 'refusal', `${words.join(' ')} was taken`);
  return parsed.line;
}

describe('a command line', () => {
  test('with connectors names them, and how their gateway is reached', () => {
    const words = ['--connector', 'warehouse', '--connector=api', '--gateway-listen', '[::1]:0', '--audit', 'log'];
    assert.deepEqual(run(...words, '--name', 'nightly', 'job.ts').connectors, {
      names: ['warehouse', 'api'],
      listen: { host: '::1', port: 0 },
      gateway: undefined,
      audit: join(cwd, 'log'),
    });
    assert.equal(run('--name', 'nightly', 'job.ts').spec.name, 'nightly');
    assert.match(refusal('--connector', 'DB', 'job.ts'), /--connector DB: no name of a resource; names have/u);
    assert.match(refusal('--connector', 'db', '--connector', 'db', 'job.ts'), /--connector db: given twice/u);
    assert.match(refusal('--gateway-listen', 'here', '--connector', 'db', 'job.ts'), /no address; write HOST:PORT/u);
    assert.match(refusal('--audit', 'log', 'job.ts'), /--audit: the job has no connectors/u);
    assert.match(refusal('--connector', 'db', '--gateway', 's', '--audit', 'log', 'job.ts'), /has its own/u);
  });

  test('without options runs one rank in the working directory, sealed off', () => {
    assert.deepEqual(run('job.ts'), {
      kind: 'run',
      spec: {
        programs: [{ script: join(cwd, 'job.ts'), ranks: 1, args: [] }],
        backend: 'local',
        ranksPerSandbox: 1,
        sharedMemory: true,
        env: {},
        cwd,
        writable: false,
        mounts: [],
        onFailure: 'abort',
        stdin: 'none',
        tellsForms: false,
      },
      output: { mode: 'plain' },
      verbosity: 'normal',
      timeline: false,
      backendIsGiven: false,
    });
  });

  test('takes the number of ranks in every usual form', () => {
    for (const words of [['-n', '8'], ['-n8'], ['-n=8'], ['--ranks', '8'], ['--ranks=8'], ['-n', '008']]) {
      assert.equal(run(...words, 'job.ts').spec.programs[0]?.ranks, 8, words.join(' '));
    }
  });

  test('carries every option into the specification', () => {
    const { spec, output, verbosity, timeline, tuning } = run(
      ...['-n', '4', '--backend', 'process', '--ranks-per-sandbox', '2', '--env', 'HOME_OF_JOB', '--env', 'A=b=c'],
      ...['--env', 'EMPTY', '--env=NONE=', '--mount', `data:${join(cwd, 'data')}:rw`, '--writable', '--memory', '2G'],
      ...['--cpus', '0.5', '--timeout', '5m', '--on-failure', 'continue', '--stdin', '3', '--output-dir', 'out/logs'],
      ...['--verbose', '--timeline', '--tuning', 'here.json', 'job.ts'],
    );
    assert.deepEqual(spec, {
      programs: [{ script: join(cwd, 'job.ts'), ranks: 4, args: [] }],
      backend: 'process',
      ranksPerSandbox: 2,
      sharedMemory: true,
      env: { HOME_OF_JOB: '/home/x', A: 'b=c', EMPTY: '', NONE: '' },
      cwd,
      writable: true,
      mounts: [{ source: join(cwd, 'data'), target: join(cwd, 'data'), writable: true }],
      memoryMiB: 2048,
      cpus: 0.5,
      timeoutMs: 300_000,
      onFailure: 'continue',
      stdin: 3,
      tellsForms: true,
    });
    assert.deepEqual(output, { mode: 'plain', directory: join(cwd, 'out/logs') });
    assert.deepEqual([verbosity, timeline, tuning], ['verbose', true, 'here.json']);
    assert.equal(run('--json', 'job.ts').output.mode, 'json');
    assert.equal(run('--tag-output', 'job.ts').output.mode, 'tagged');
    assert.equal(run('-q', '--stdin', 'all', 'job.ts').spec.stdin, 'all');
  });

  test('leaves everything after the program to the program', () => {
    const args = ['-n', '0', '--json', '--', '-5', '--help', '--no-such', '', 'job.ts', '--env'];
    const { spec, output } = run('-n', '2', 'job.ts', ...args);
    assert.deepEqual(spec.programs, [{ script: join(cwd, 'job.ts'), ranks: 2, args }]);
    assert.equal(output.mode, 'plain');
  });

  test('divides programs at a lone colon, with ranks of their own', () => {
    const { spec } = run(
      '-n',
      '8',
      '--quiet',
      'solve.ts',
      '--eps',
      '1e-9',
      ':',
      '-n',
      '2',
      'watch.ts',
      'a:b',
      ':',
      'job.ts',
    );
    assert.deepEqual(spec.programs, [
      { script: join(cwd, 'solve.ts'), ranks: 8, args: ['--eps', '1e-9'] },
      { script: join(cwd, 'watch.ts'), ranks: 2, args: ['a:b'] },
      { script: join(cwd, 'job.ts'), ranks: 1, args: [] },
    ]);
  });

  test('takes all that follows -- as program and arguments, colons too', () => {
    const { spec } = run('-n', '2', '--', '-odd.ts', 'x', ':', 'y', '--');
    assert.deepEqual(spec.programs, [{ script: join(cwd, '-odd.ts'), ranks: 2, args: ['x', ':', 'y', '--'] }]);
  });

  test('counts the ranks of all programs for --stdin', () => {
    assert.equal(run('-n', '2', '--stdin', '4', 'job.ts', ':', '-n', '3', 'job.ts').spec.stdin, 4);
    assert.match(refusal('-n', '2', '--stdin', '5', 'job.ts', ':', '-n', '3', 'job.ts'), /must be at most 4/);
  });

  test('reads sizes and times with their units', () => {
    const sizes = { '512M': 512, '512m': 512, '512MB': 512, '512MiB': 512, '2G': 2048, '1.5g': 1536, '1T': 1_048_576 };
    for (const [text, sizeMiB] of Object.entries(sizes)) {
      assert.equal(run('--memory', text, 'job.ts').spec.memoryMiB, sizeMiB, text);
    }
    const times = {
      '30s': 30_000,
      '5m': 300_000,
      '1h': 3_600_000,
      '90': 90_000,
      '1.5': 1500,
      '250ms': 250,
      '0.5h': 1_800_000,
    };
    for (const [text, timeMs] of Object.entries(times)) {
      assert.equal(run('--timeout', text, 'job.ts').spec.timeoutMs, timeMs, text);
    }
  });

  test('may mount inside the working directory on what stands there, and a folder of the system at its own path', () => {
    for (const mount of [`src:${cwd}/data`, '/usr:/usr', 'data:/dev/shm/data', 'data:/usr/local/data']) {
      assert.equal(run('--mount', mount, 'job.ts').spec.mounts.length, 1, mount);
    }
  });

  test('starts in / too, where the folder of the program is shown, and refuses to make all of it writable', () => {
    const words = [join(cwd, 'job.ts')];
    assert.equal(parseCommandLine(words, { env, cwd: '/' }).kind, 'run');
    const refused = parseCommandLine(['--writable', ...words], { env, cwd: '/' });
    assert.match(refused.kind === 'refusal' ? refused.line : '', /^tsmpirun: --writable: .*; start in the directory/);
  });

  test('asks for help or the version wherever an option may stand', () => {
    for (const words of [
      ['--help'],
      ['-h'],
      ['-n', '4', '--help'],
      ['--help', 'nothing.ts'],
      ['-n2', 'job.ts', ':', '-h'],
    ]) {
      assert.equal(parse(...words).kind, 'help', words.join(' '));
    }
    assert.equal(parse('--version').kind, 'version');
    assert.equal(parse('-V').kind, 'version');
  });
});

describe('a refusal', () => {
  const cases: [words: string[], line: string][] = [
    [[], 'no program given'],
    [['-n', '4'], 'no program given'],
    [['-n', '0', 'job.ts'], '-n 0: must be at least 1; give a number from 1 to 4096'],
    [['-n', '-2', 'job.ts'], '-n -2: must be at least 1'],
    [['-n', 'x', 'job.ts'], '-n x: not a whole number; give a number from 1 to 4096'],
    [['-n', '1.5', 'job.ts'], '-n 1.5: not a whole number'],
    [['-n', '1e3', 'job.ts'], '-n 1e3: not a whole number'],
    [['-n', '', 'job.ts'], '-n : not a whole number'],
    [['--ranks=4097', 'job.ts'], '--ranks 4097: must be at most 4096'],
    [['-n', '4000', 'job.ts', ':', '-n', '97', 'job.ts'], '4097 ranks together'],
    [['-n', 'job.ts'], 'no program given'],
    [['-n'], '-n: it needs a value, but nothing follows; write -n N'],
    [['-n', '--json', 'job.ts'], '-n: it needs a value, but --json follows'],
    [['-n', '2', '-n', '3', 'job.ts'], '-n 3: -n 2 was given before; give it once'],
    [['--rank', '4', 'job.ts'], '--rank: unknown option; did you mean --ranks?'],
    [['-rank', '4', 'job.ts'], '-rank: unknown option; did you mean --ranks?'],
    [['--taq-output', 'job.ts'], '--taq-output: unknown option; did you mean --tag-output?'],
    [['--tiemout=3', 'job.ts'], '--tiemout: unknown option; did you mean --timeout?'],
    [['--zzzzzzz', 'job.ts'], '--zzzzzzz: unknown option; tsmpirun --help lists them'],
    [['-np', '4', 'job.ts'], '-np: unknown option; use -n'],
    [['--oversubscribe', 'job.ts'], 'more ranks than cores is normal'],
    [['-4', 'job.ts'], '-4: neither an option nor a program'],
    [['--json=yes', 'job.ts'], '--json=yes: --json takes no value; write --json'],
    [
      ['--backend', 'proces', 'job.ts'],
      '--backend proces: unknown value; did you mean process? It takes local or process',
    ],
    [['--backend', 'docker', 'job.ts'], '--backend docker: unknown value; it takes local or process'],
    [['--on-failure', 'ignore', 'job.ts'], '--on-failure ignore: unknown value; it takes abort or continue'],
    [['--ranks-per-sandbox', '65', 'job.ts'], '--ranks-per-sandbox 65: must be at most 64'],
    [['--stdin', '4', '-n', '4', 'job.ts'], '--stdin 4: must be at most 3'],
    [['--stdin', '-1', 'job.ts'], '--stdin -1: must be at least 0'],
    [['--stdin', 'each', 'job.ts'], '--stdin each: unknown value'],
    [
      ['--memory', '512', 'job.ts'],
      '--memory 512: a size without a unit; write a size with its unit, for example 512M or 2G',
    ],
    [['--memory', 'big', 'job.ts'], '--memory big: not a size'],
    [['--memory', '-1G', 'job.ts'], '--memory -1G: not a size'],
    [['--memory', '1M', 'job.ts'], '--memory 1M: a sandbox cannot start in less than 64M'],
    [['--cpus', '0', 'job.ts'], '--cpus 0: must be at least 0.01'],
    [['--cpus', 'two', 'job.ts'], '--cpus two: not a number'],
    [['--timeout', '0', 'job.ts'], '--timeout 0: the job would end before it starts'],
    [['--timeout', 'soon', 'job.ts'], '--timeout soon: not a time; write a time such as 30s, 5m or 1h'],
    [['--timeout', '-5s', 'job.ts'], '--timeout -5s: not a time'],
    [['--timeout', '1000h', 'job.ts'], '--timeout 1000h: longer than a timer can wait'],
    [['--env', 'NOT_SET', 'job.ts'], '--env NOT_SET: NOT_SET is not set here; write --env NOT_SET=VALUE'],
    [['--env', '1A=secret', 'job.ts'], '--env 1A: not of the form NAME or NAME=VALUE'],
    [['--env', 'A=1', '--env', 'A=2', 'job.ts'], '--env A: given twice'],
    [['--mount', 'data', 'job.ts'], '--mount data: not of the form SRC:DST[:rw]'],
    [['--mount', 'data:/data:wr', 'job.ts'], 'unknown mode wr'],
    [['--mount', 'data:in', 'job.ts'], `in is no absolute path; write for example data:${cwd}/in`],
    [['--mount', 'nothing:/data', 'job.ts'], 'nothing does not exist'],
    [['--mount', 'data:/proc', 'job.ts'], "/proc is the sandbox's own"],
    [['--mount', 'data:/proc/x', 'job.ts'], "/proc/x is the sandbox's own"],
    [['--mount', 'data:/dev/shm', 'job.ts'], "/dev/shm is the sandbox's own"],
    [['--mount', 'data:/', 'job.ts'], "/ is the sandbox's own"],
    [['--mount', 'data:/usr', 'job.ts'], 'it would hide node and its libraries in /usr'],
    [['--mount', `data:${process.execPath}`, 'job.ts'], 'it would hide node'],
    [['--mount', `data:${dirname(cwd)}`, 'job.ts'], `it would hide ${cwd}; mount below another folder`],
    [['--mount', `data:${cwd}/new`, 'job.ts'], `there is no new in ${cwd} to mount on; make an empty folder`],
    [['--mount', `notes.txt:${cwd}/new.txt`, 'job.ts'], 'make an empty file of that name'],
    [['--mount', `data:${cwd}/job.ts`, 'job.ts'], `data is a folder, and ${cwd}/job.ts is none; name a folder`],
    [['--mount', 'data:/d', '--mount', '.:/d/', 'job.ts'], 'something else is mounted at /d'],
    [['--backend=process', '--mount', 'data:/d', 'job.ts'], 'the process backend cannot show a folder at another path'],
    [['--quiet', '--verbose', 'job.ts'], '--quiet with --verbose: they contradict each other; give one of them'],
    [['--json', '--tag-output', 'job.ts'], '--json with --tag-output'],
    [['--tag-output', '--output-dir', 'o', 'job.ts'], '--tag-output with --output-dir'],
    [['--output-dir', 'job.ts', 'job.ts'], 'is no folder'],
    [['--output-dir', '', 'job.ts'], 'an empty name is no folder'],
    [['jop.ts'], 'jop.ts: no such file; did you mean job.ts?'],
    [['src/nothing-like-it.ts'], 'no such file; check its name'],
    [['4', 'job.ts'], '4: no such file; the number of ranks is given as -n 4'],
    [['src'], 'src: a directory, not a program; name a file in it, such as src/index.ts'],
    [['notes.txt'], 'notes.txt: not a TypeScript or JavaScript file'],
    [['job.ts/x.ts'], 'no such file'],
    [['-'], '-: not the name of a program'],
    [[''], "'': not the name of a program"],
    [['job.ts', ':'], "nothing to run beside ' : '"],
    [[':', 'job.ts'], "nothing to run beside ' : '"],
    [['-n', '2', 'job.ts', ':', '--json', 'watch.ts'], '--json: it concerns the whole job, not one program'],
    [['evil\u001b[31m\n.ts'], 'no such file'],
  ];
  for (const [words, line] of cases) {
    test(`is one line for: tsmpirun ${words.map((word) => JSON.stringify(word)).join(' ')}`, () => {
      const said = refusal(...words);
      assert.ok(said.includes(line), said);
      assert.match(said, /^tsmpirun: [^\u0000-\u001f]+: [^\u0000-\u001f]+; [^\u0000-\u001f]+$/);
      assert.ok(!said.includes('secret'));
    });
  }
});

test('help names every option, fits a terminal, and has examples', () => {
  const help = helpText();
  for (const { name } of options) assert.ok(help.includes(`--${name}`), name);
  assert.deepEqual(
    help.split('\n').filter((line) => line.length > 80),
    [],
  );
  assert.match(help, /Examples:/);
});
