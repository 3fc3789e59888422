/** Every export of the package has an example in its documentation, and every example compiles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, exportsOf } from './compile.ts';

const entries = ['tsmpi', 'tsmpi/collectives', 'tsmpi/launcher'];

/** What an example may use without saying where it comes from: all of its entry, and of `tsmpi`. */
function preamble(entry: string, code: string): string[] {
  const imported = new Set<string>();
  const lines = [entry, 'tsmpi'].flatMap((from) => {
    const names = exportsOf(from).flatMap(({ name }) => (imported.has(name) ? [] : [name]));
    for (const name of names) imported.add(name);
    // What it imports itself it has.
    const own = names.filter((name) => !new RegExp(`^import .*\\b${name}\\b`, 'm').test(code));
    return own.length === 0
      ? []
      : [`import { ${own.map((name) => `type ${name} as _${name}, ${name}`).join(', ')} } from '${from}';`];
  });
  return lines;
}

for (const entry of entries) {
  test(`the exports of ${entry} have examples that compile`, () => {
    const found = exportsOf(entry);
    assert.ok(found.length > 0);
    const without = found.filter(({ examples }) => examples.length === 0).map(({ name }) => name);
    assert.deepEqual(without, [], 'exports without an example');
    const files = Object.fromEntries(
      found.flatMap(({ name, examples }) =>
        examples.map((example, nth) => {
          const code = example.replaceAll(/^```\w*$/gm, '');
          return [`${name}-${String(nth)}.ts`, [...preamble(entry, code), 'export {};', code].join('\n')];
        }),
      ),
    );
    const faults = compile(files).map(({ file, text }) => `${file}: ${text}`);
    assert.deepEqual(faults, []);
  });
}
