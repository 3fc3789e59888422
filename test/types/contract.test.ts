/** The package's built declarations against the contract: code written against `contract/` compiles against them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { packageRoot } from '../harness/run-tsmpirun.ts';
import { type Declared, strictPage } from './strict-contract.ts';

/** What the contract has and the package does not have yet, entry by entry. It only ever gets shorter. */
const notYet: Readonly<Record<string, readonly string[]>> = {
  tsmpi: [],
  'tsmpi/collectives': [],
  'tsmpi/launcher': ['LaunchOptions.connectors', 'Config', 'ConnectorGrant', 'defineConfig'],
};

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

for (const entry of Object.keys(notYet)) {
  test(`${entry} has all that its contract has, and takes what it takes`, (context) => {
    const missing = notYet[entry] ?? [];
    if (missing.length > 0) context.diagnostic(`not there yet: ${missing.join(', ')}`);
    const page = entry.split('/')[1] ?? 'tsmpi';
    const path = `test/types/contract/${page}.ts`;
    const strict = strictPage(path, readFileSync(`${packageRoot}/${path}`, 'utf8'), missing);
    const checks = strict.declared.flatMap((declared) => checksOf(declared));
    const lines = [
      `import type * as ours from '${entry}';`,
      "import type * as contract from './strict-page.ts';",
      ...checks.map(({ code }, index) => `export const check${String(index)} = ${code};`),
    ];
    const faults = compile({ 'check.ts': lines.join('\n'), 'strict-page.ts': strict.text }).map(({ line, text }) => {
      const what = checks[line - 2]?.what ?? (line < 0 ? 'a page of the contract' : entry);
      return `${what}: ${text}`;
    });
    assert.equal(faults.length, 0, faults.join('\n\n'));
  });

  test(`${entry}: what is listed as missing is missing`, () => {
    const listed = notYet[entry] ?? [];
    const lines = [
      `import type * as ours from '${entry}';`,
      ...listed.map((name, index) => {
        const [owner = '', member] = name.split('.');
        const type = member === undefined ? `ours.${owner}` : `ours.${owner}['${member}']`;
        return `export type Listed${String(index)} = ${type};`;
      }),
    ];
    const unknown = new Set(compile({ 'check.ts': lines.join('\n') }).map(({ line }) => line));
    const found = listed.filter((_, index) => !unknown.has(index + 1));
    assert.deepEqual(found, [], `${found.join(', ')}: there by now; take it off the list of this test`);
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

interface Fault {
  /** From 0, in check.ts; −1: elsewhere. */
  readonly line: number;
  readonly text: string;
}

const cache = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of these files, in this folder. */
function compile(files: Readonly<Record<string, string>>): Fault[] {
  const folder = `${packageRoot}/test/types`;
  const given = new Map(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
  const config = ts.readConfigFile(`${packageRoot}/tsconfig.json`, (path) => ts.sys.readFile(path)).config as {
    compilerOptions: unknown;
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, packageRoot);
  // Else the compiler takes the sources for the package's own declarations.
  delete options.outDir;
  delete options.rootDir;
  // What is left out leaves imports behind.
  options.noUnusedLocals = false;
  // The declarations themselves are looked into as well.
  const host = ts.createCompilerHost({ ...options, skipLibCheck: false });
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target) => {
    const text = given.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, target, true);
    if (!cache.has(path)) cache.set(path, read(path, target));
    return cache.get(path);
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (path) => given.has(path) || exists(path);
  const program = ts.createProgram({ rootNames: [...given.keys()], options, host });
  const own = [...given.keys()].flatMap((path) => program.getSourceFile(path) ?? []);
  return own.flatMap((file) =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => ({
      line: file.fileName.endsWith('/check.ts') ? file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line : -1,
      text: named(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')),
    })),
  );
}

/** The compiler's words, with places by the names that this test has for them. */
function named(text: string): string {
  return text.replaceAll(/(?:typeof )?import\("([^"]*)"(?:, \{.*?\} \})?\)/gu, (_, path: string) =>
    path.endsWith('/strict-page') ? 'contract' : 'ours',
  );
}
