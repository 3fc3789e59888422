import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNone } from './assert-none.ts';
import { importCycles, layerFaults } from './layers.ts';
import { sourceFiles, type SourceFile } from './source-files.ts';

const files = sourceFiles();

function source(path: string, ...imports: string[]): SourceFile {
  return { path, imports, text: '' };
}

test('imports point down', () => {
  assertNone(layerFaults(files));
});

test('no files import each other in a circle', () => {
  assertNone(importCycles(files));
});

test('a collective that imports a socket is reported with both files', () => {
  const [fault, ...more] = layerFaults([source('collectives/ring.ts', 'runtime/transport/mesh/link.ts')]);
  assert.deepEqual(more, []);
  assert.match(
    fault ?? '',
    /^collectives\/ring\.ts imports runtime\/transport\/mesh\/link\.ts: collectives may import/,
  );
});

test('an example that reaches past the public entries is reported', () => {
  assert.equal(layerFaults([source('examples/pi.ts', 'runtime/index.ts')]).length, 1);
});

test('a cycle is reported once, with its whole path', () => {
  const circle = [source('a/a.ts', 'a/b.ts'), source('a/b.ts', 'a/c.ts'), source('a/c.ts', 'a/a.ts')];
  const cycles = importCycles([...circle, source('a/d.ts', 'a/a.ts')]);
  assert.deepEqual(cycles, ['a/a.ts → a/b.ts → a/c.ts → a/a.ts; move what both need into a file below them']);
});
