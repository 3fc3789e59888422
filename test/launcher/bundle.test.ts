import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { BundleError } from '../../launcher/bundle/bundle-error.ts';
import { type Bundle, bundleProgram } from '../../launcher/bundle/bundle-program.ts';
import { TsmpiError } from '../../runtime/core/errors.ts';

const root = await realpath(await mkdtemp(join(tmpdir(), 'bundle-of-test-')));
after(() => rm(root, { recursive: true, force: true }));
let projectsCount = 0;

interface Project {
  readonly directory: string;
  readonly bundle: (script?: string) => Promise<Bundle>;
  /** Bundles and runs the program as a rank does; gives what it exports. */
  readonly run: (script?: string) => Promise<Record<string, unknown>>;
}

/** A project, and beside it a package tsmpi with entries of its own. */
async function project(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = join(root, `p${String(projectsCount++)}`);
  const tsmpi = {
    'tsmpi/package.json':
      '{"name":"tsmpi","exports":{".":{"types":"./x.d.ts","default":"./dist/index.js"},"./collectives":"./dist/c.js"}}',
    'tsmpi/dist/package.json': '{"type":"module"}',
    'tsmpi/dist/index.js': 'export const world = { url: import.meta.url };',
    'tsmpi/dist/c.js': 'export const barrier = 1;',
  };
  for (const [path, content] of Object.entries({ ...tsmpi, ...files })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const bundle = (script = 'job.ts'): Promise<Bundle> =>
    bundleProgram({
      script: join(directory, script),
      outDirectory: join(directory, 'out'),
      cwd: directory,
      tsmpiRoot: join(directory, 'tsmpi'),
    });
  const run = async (script = 'job.ts'): Promise<Record<string, unknown>> => {
    const { entry } = await bundle(script);
    const source = `process.setSourceMapsEnabled(true);
      import(${JSON.stringify(pathToFileURL(entry).href)}).then((exported) => {
        require('node:worker_threads').parentPort.postMessage({ ...exported });
      });`;
    const worker = new Worker(source, { eval: true });
    try {
      return await new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
    } finally {
      await worker.terminate();
    }
  };
  return { directory, bundle, run };
}

async function problemsOf(files: Readonly<Record<string, string>>): Promise<BundleError> {
  const { bundle } = await project(files);
  try {
    await bundle();
  } catch (error) {
    assert.ok(error instanceof BundleError, String(error));
    return error;
  }
  return assert.fail('it was bundled');
}

const commonJsPackage = {
  'node_modules/plain/package.json': '{"name":"plain","version":"1.0.0"}',
  'node_modules/plain/index.js': `"use strict";
var path = require('path');
exports.joined = path.join('a', 'b');
exports.fail = function () {
  // a line of its own
  if (true)   throw new RangeError('in a package');
};
`,
};

test('a throw names its file, line and column: in the program, a module of it, and a CommonJS package', async () => {
  const { directory, run } = await project({
    ...commonJsPackage,
    'job.ts': `#!/usr/bin/env tsmpirun
import { fail as failInPackage } from 'plain';
import { failInModule } from './lib/module.ts';
import type { Nothing } from './types.ts';

interface Shape { sides: number }
const failHere = (shape?: Shape): never => { throw new Error(String(shape?.sides)); };
export const stacks = [failHere, failInModule, failInPackage].map((fail) => {
  try {
    return fail() as string;
  } catch (error) {
    return (error as Error).stack;
  }
});
export const nothing: Nothing | undefined = await Promise.resolve(undefined);
`,
    'lib/module.ts': `type Word = {
  text: string;
};
export function failInModule(): never { const größe: Word = { text: 'ä' }; throw new TypeError(größe.text); }
`,
    'types.ts': 'export interface Nothing { a: 1 }\n',
  });
  const { stacks } = (await run()) as { stacks: string[] };
  const [here, inModule, inPackage] = stacks.map((stack) => stack.split('\n')[1] ?? '');
  assert.ok(here?.includes(`${join(directory, 'job.ts')}:7:52)`), here);
  assert.ok(inModule?.includes(`${join(directory, 'lib/module.ts')}:4:82)`), inModule);
  assert.ok(inPackage?.includes(`${join(directory, 'node_modules/plain/index.js')}:6:21)`), inPackage);
  for (const stack of stacks) assert.ok(stack.includes(`${join(directory, 'job.ts')}:10:`), stack);
});

test('each module keeps its file, in import.meta and in __filename', async () => {
  const { directory, run } = await project({
    'job.ts': `import { createRequire } from 'node:module';
import { here } from './lib/es.ts';
import common from './lib/common.cjs';
const require = createRequire(import.meta.url);
const { url, dirname, filename } = import.meta;
export const own = [url, dirname, filename, __filename, (import.meta as { main?: boolean }).main];
export const resolved = [import.meta.resolve('./lib/es.ts'), import.meta.resolve('fs'), import.meta.resolve('plain')];
export const required = (require('plain') as { joined: string }).joined;
export { here, common };
`,
    ...commonJsPackage,
    'lib/es.ts': `const __dirname = 'its own';\nexport const here = [import.meta.filename, import.meta.main, __dirname];\n`,
    'lib/common.cjs': `'use strict';\nmodule.exports = [__filename, __dirname, require('os').EOL, (() => this === undefined)()];\n`,
  });
  const at = (path: string): string => join(directory, path);
  const exported = await run();
  assert.deepEqual(exported['own'], [pathToFileURL(at('job.ts')).href, directory, at('job.ts'), at('job.ts'), true]);
  assert.deepEqual(exported['here'], [at('lib/es.ts'), false, 'its own']);
  assert.deepEqual(exported['common'], [at('lib/common.cjs'), at('lib'), '\n', false]);
  assert.deepEqual(exported['resolved'], [
    pathToFileURL(at('lib/es.ts')).href,
    'node:fs',
    pathToFileURL(at('node_modules/plain/index.js')).href,
  ]);
  assert.equal(exported['required'], 'a/b');
});

test('a throw in CommonJS code that asks for its file keeps its column', async () => {
  const { directory, run } = await project({
    'job.ts': `import fail from './fail.cjs';\nlet stack = '';\ntry { fail(); } catch (error) { stack = String((error as Error).stack); }\nexport { stack };\n`,
    'fail.cjs': `'use strict'; module.exports = () => { if (__dirname.length > 0)   throw new Error(__filename); };\n`,
  });
  const { stack } = (await run()) as { stack: string };
  assert.ok(stack.includes(`${join(directory, 'fail.cjs')}:1:74)`), stack);
});

test('tsmpi is the one that runs the job, outside the bundle', async () => {
  const { directory, run, bundle } = await project({
    'job.ts': `import { world } from 'tsmpi';\nexport { barrier } from 'tsmpi/collectives';\nexport { world };\n`,
    'node_modules/tsmpi/package.json': '{"name":"tsmpi"}',
    'node_modules/tsmpi/index.js': 'throw new Error("the wrong one")',
  });
  const { world, barrier } = await run();
  assert.deepEqual([world, barrier], [{ url: pathToFileURL(join(directory, 'tsmpi/dist/index.js')).href }, 1]);
  assert.deepEqual((await bundle()).externals, []);
});

test('a CommonJS program may require tsmpi, and gets the same one', async () => {
  const { run } = await project({
    'job.ts': `import { world } from 'tsmpi';
import * as required from './old.cjs';
export const same = required.world === world;
export const { barrier } = required;
export const later = (await import('tsmpi')).world === world;
`,
    'old.cjs': `const { world } = require('tsmpi');
module.exports = { world, barrier: require('tsmpi/collectives').barrier };
`,
  });
  assert.deepEqual({ ...(await run()) }, { same: true, barrier: 1, later: true });
});

test('require.main is the module of a CommonJS program, and of no file that it requires', async () => {
  const { run } = await project({
    'job.cjs': `exports.isMain = require.main === module;\nexports.isOtherMain = require('./other.cjs');\n`,
    'other.cjs': `module.exports = require.main === module;\n`,
  });
  const { isMain, isOtherMain } = (await run('job.cjs'))['default'] as Record<string, unknown>;
  assert.deepEqual([isMain, isOtherMain], [true, false]);
});

test('a name that tsmpi does not have is shown at its line, and a type passed on without saying so is not', async () => {
  const wrong = {
    'job.ts': `import { world } from 'tsmpi';\nimport { barier } from 'tsmpi/collectives';\nworld(barier);\n`,
  };
  const { lines } = await problemsOf(wrong);
  assert.equal(lines[0], 'job.ts:2:10: No matching export in "tsmpi/collectives" for import "barier"');
  const { run } = await project({ 'job.ts': `export { world, Status } from 'tsmpi';\n` });
  assert.deepEqual(Object.keys(await run()), ['world']);
});

test('a package that reads its own files stays outside, and reads them; its modules are to be mounted', async () => {
  const { directory, run, bundle } = await project({
    'job.ts': `export { default as text } from 'reads';\nexport { joined } from 'plain';\n`,
    ...commonJsPackage,
    'node_modules/reads/package.json': '{"name":"reads"}',
    'node_modules/reads/text.txt': 'read at run time',
    'node_modules/reads/index.js': `module.exports = require('fs').readFileSync(__dirname + '/text.txt', 'utf8');`,
  });
  const { entry, externals, bytes } = await bundle();
  assert.deepEqual(externals, [join(directory, 'node_modules')]);
  const code = readFileSync(entry, 'utf8');
  assert.equal(bytes, Buffer.byteLength(code));
  assert.ok(code.includes(pathToFileURL(join(directory, 'node_modules/reads/index.js')).href));
  assert.ok(!code.includes('readFileSync'));
  assert.ok(existsSync(`${entry}.map`));
  assert.deepEqual({ ...(await run()) }, { text: 'read at run time', joined: 'a/b' });
});

test('a package with a native addon stays outside, also below another package and behind a link', async () => {
  const { directory, bundle } = await project({
    'job.ts': `import over from 'over';\nexport default over;\n`,
    'node_modules/over/package.json':
      '{"name":"over","type":"module","exports":{"module":"./bundler.js","import":"./node.js"}}',
    'node_modules/over/node.js': `import native from 'native';\nexport default native;\n`,
    'node_modules/over/bundler.js': `throw new Error('node would not take this one');`,
    'store/node_modules/native/package.json': '{"name":"native"}',
    'store/node_modules/native/index.js': `module.exports = require('./build/Release/native.node');`,
    'store/node_modules/native/build/Release/native.node': 'machine code',
  });
  await mkdir(join(directory, 'node_modules/over/node_modules'));
  await symlink(join(directory, 'store/node_modules/native'), join(directory, 'node_modules/over/node_modules/native'));
  const { entry, externals } = await bundle();
  assert.deepEqual(externals, [join(directory, 'store/node_modules')]);
  const code = readFileSync(entry, 'utf8');
  assert.ok(code.includes(pathToFileURL(join(directory, 'store/node_modules/native/index.js')).href), code);
  assert.ok(!code.includes('machine code') && !code.includes('would not take'));
});

test('a syntax error is shown at its place, in characters and with its line', async () => {
  const error = await problemsOf({ 'job.ts': "const a = 'größe';\n\tconst b = 'ü' 5;\n" });
  assert.equal(error.problems.length, 1);
  assert.equal(error.lines[0], 'job.ts:2:16: Expected ";" but found "5"');
  assert.deepEqual(error.lines.slice(1), ["    2 | \tconst b = 'ü' 5;", '      | \t              ^']);
  assert.ok(error instanceof TsmpiError);
  assert.equal(error.code, 'ERR_LAUNCH');
  assert.match(error.message, /job\.ts:2:16: Expected/);
});

test('an import that leads nowhere is shown at its own line, wherever it stands', async () => {
  const error = await problemsOf({
    'job.ts': `import './lib/a.ts';\nimport { x } from 'tsmpi/nothing';\nimport y from '@scope/gone/sub';\nexport { x, y };\n`,
    'lib/a.ts': `export {};\nawait import('../nowhere.ts');\n`,
  });
  assert.deepEqual(error.problems.map(({ file, line, column }) => `${file}:${String(line)}:${String(column)}`).sort(), [
    'job.ts:2:19',
    'job.ts:3:15',
    'lib/a.ts:2:14',
  ]);
  const text = error.lines.join('\n');
  assert.match(text, /tsmpi has no entry "tsmpi\/nothing"; it has tsmpi, tsmpi\/collectives/);
  assert.match(text, /npm install @scope\/gone/);
  assert.match(text, /Could not resolve "\.\.\/nowhere\.ts": no such file/);
});

test('a tsmpi that is not built says what to do', async () => {
  const { directory, bundle } = await project({ 'job.ts': '' });
  await rm(join(directory, 'tsmpi/dist'), { recursive: true });
  await assert.rejects(bundle(), /ERR_LAUNCH.*is not built; run `npm run build`/);
});

test('programs bundled at the same time do not disturb each other', async () => {
  const projects = await Promise.all([1, 2, 3].map((n) => project({ 'job.ts': `export const n = ${String(n)};\n` })));
  const results = await Promise.all(projects.map(({ run }) => run()));
  assert.deepEqual(
    results.map(({ n }) => n),
    [1, 2, 3],
  );
});
