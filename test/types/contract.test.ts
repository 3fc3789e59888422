/** The package's built declarations against the contract: code written against `contract/` compiles against them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packageRoot } from '../harness/run-tsmpirun.ts';
import { compile } from './compile.ts';
import { type Declared, strictPage } from './strict-contract.ts';

const entries = ['tsmpi', 'tsmpi/collectives', 'tsmpi/connectors', 'tsmpi/launcher'];

/**
 * Classes, and what holds them: they have private parts, so that only the package makes them. All else users may make
 * themselves, and the package takes theirs.
 */
const madeByPackage = ['Communicator', 'CartesianCommunicator', 'Intercommunicator', 'TsmpiError'];

/** What stands for parameters of types: where there are several, each in turn. */
const typical: Readonly<Record<string, readonly string[]>> = {
  Mode: ["'async'", "'sync'"],
  NumericArray: ['Float64Array', 'BigInt64Array', 'Uint8ClampedArray'],
  NumericArrayConstructor: ['Float32ArrayConstructor', 'BigUint64ArrayConstructor'],
  '': ['Float64Array', '{ readonly some: number }'],
};

for (const entry of entries) {
  test(`${entry} has all that its contract has, and takes what it takes`, () => {
    const page = entry.split('/')[1] ?? 'tsmpi';
    const path = `test/types/contract/${page}.ts`;
    const strict = strictPage(path, readFileSync(`${packageRoot}/${path}`, 'utf8'));
    const checks = strict.declared.flatMap((declared) => checksOf(declared));
    const lines = [
      `import type * as ours from '${entry}';`,
      "import type * as contract from './strict-page.ts';",
      ...checks.map(({ code }, index) => `export const check${String(index)} = ${code};`),
    ];
    const files = { 'check.ts': lines.join('\n'), 'strict-page.ts': strict.text };
    const faults = compile(files).map(({ file, line, text }) => {
      const isCheck = file === 'check.ts';
      const what = (isCheck ? checks[line - 2]?.what : undefined) ?? (isCheck ? entry : 'a page of the contract');
      return `${what}: ${named(text)}`;
    });
    assert.equal(faults.length, 0, faults.join('\n\n'));
  });
}

interface Check {
  readonly what: string;
  readonly code: string;
}

function checksOf({ name, kind, parameters }: Declared): Check[] {
  if (kind === 'value') {
    return [{ what: `the value ${name}`, code: `(given: typeof ours.${name}): typeof contract.${name} => given` }];
  }
  // Every parameter by its first stand-in, then by its second …
  const choices = parameters.map(([, constraint]) => typical[constraint] ?? typical[''] ?? []);
  const turns = Math.max(1, ...choices.map(({ length }) => length));
  return Array.from({ length: turns }, (_, turn) => {
    const chosen = choices.map((choice) => choice[turn % choice.length] ?? 'unknown');
    const full = `${name}${chosen.length === 0 ? '' : `<${chosen.join(', ')}>`}`;
    const there = `${kind} ${full}`;
    const gives = {
      what: `${there}, as the package gives it`,
      code: `(given: ours.${full}): contract.${full} => given`,
    };
    // What may be left out is missed by neither of the others.
    const names = {
      what: `${there}, by its names`,
      code: `(given: keyof contract.${full}): keyof ours.${full} => given`,
    };
    if (madeByPackage.includes(name)) return [gives, names];
    return [
      gives,
      names,
      { what: `${there}, as users give it`, code: `(given: contract.${full}): ours.${full} => given` },
    ];
  }).flat();
}

/** The compiler's words, with places by the names that this test has for them. */
function named(text: string): string {
  return text.replaceAll(/(?:typeof )?import\("([^"]*)"(?:, \{.*?\} \})?\)/gu, (_, path: string) =>
    path.endsWith('/strict-page') ? 'contract' : 'ours',
  );
}
