import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { sourceFiles, type SourceFile } from './source-files.ts';

const linesMax = 300;
/** A table of cases is long without being two things. */
const testLinesMax = 500;
const exampleLinesMax = 79;
const columnsMax = 120;
const catchAll = /^(utils?|helpers?|common|misc|manager|shared|stuff)$/;
const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?$/;

const files = sourceFiles();

function lineLimitOf(path: string): number {
  if (path.startsWith('examples/')) return exampleLinesMax;
  return path.startsWith('test/') ? testLinesMax : linesMax;
}

/** What is wrong with one file, each line with its remedy. */
function faultsOf({ path, text }: SourceFile): string[] {
  const faults: string[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  const limit = lineLimitOf(path);
  if (lines.length > limit) {
    faults.push(`${path} has ${lines.length} lines, at most ${limit} allowed; two things live there, give each a file`);
  }
  const stem = (path.split('/').pop() ?? '').replace(/(\.test)?\.ts$/, '');
  if (!kebabCase.test(stem)) faults.push(`${path}: name the file in kebab-case, after the one concept in it`);
  if (catchAll.test(stem)) faults.push(`${path}: "${stem}" names no concept; name the file after what it holds`);
  lines.forEach((line, index) => {
    const place = `${path}:${index + 1}`;
    // The formatter breaks code; a long string is left as it is.
    if (line.length > columnsMax && /^\s*(\/\/|\/?\*)/.test(line) && !/https?:/.test(line)) {
      faults.push(`${place} has ${line.length} columns, at most ${columnsMax} allowed; wrap the comment`);
    }
    if (/\/\/.*\b(TODO|FIXME|XXX)\b/.test(line))
      faults.push(`${place}: do it now or open an issue; no notes in the code`);
    if (/@ts-(ignore|nocheck|expect-error)/.test(line) && !path.startsWith('test/')) {
      faults.push(`${place}: mend the type instead of silencing it`);
    }
    if (/\beslint-disable(?!-next-line [\w@/-]+)/.test(line) && !path.startsWith('test/house/')) {
      faults.push(`${place}: silence one rule for one line, with eslint-disable-next-line and the reason above it`);
    }
  });
  return faults;
}

test('every file keeps the rules of the house', () => {
  assertNone(files.flatMap(faultsOf));
});

test('timeouts, limits and sizes name their unit', () => {
  const bare = /\b(const|let|readonly)\s+\w*(timeout|interval|delay|grace)\b\s*[:=]/i;
  const faults = files
    .filter(({ path }) => !path.startsWith('examples/') && !path.startsWith('test/'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => (bare.test(line) ? [`${path}:${index + 1}: end the name in Ms`] : [])),
    );
  assertNone(faults);
});

test('a file that breaks every rule is reported for each', () => {
  const note = ['TO', 'DO'].join('');
  const text = `${'\n'.repeat(linesMax)}// ${note}: later\n// ${'x'.repeat(columnsMax)}\n`;
  const faults = faultsOf({ path: 'runtime/Utils.ts', text, imports: [] });
  assert.equal(faults.length, 4, faults.join('\n'));
});
