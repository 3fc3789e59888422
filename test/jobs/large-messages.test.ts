/** Messages that are longer than 4 GiB: what node can see at once goes in one, the rest is refused in words. */
import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { freemem } from 'node:os';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const bytes = 2 ** 32 + 2 ** 20 + 24;
const isTooLong = bytes > constants.MAX_LENGTH;
const skip = !isTooLong && freemem() < 4 * bytes && `it takes ${String(4 * bytes)} bytes of memory`;

test('an array of more than 4 GiB arrives whole, or is refused where node cannot see so much at once', {
  skip,
}, async () => {
  const job = [
    "import { isTsmpiError, world } from 'tsmpi';",
    `const length = ${String(bytes / 8)};`,
    'const places = [0, 2 ** 20, 2 ** 29 - 1, 2 ** 29, length - 1];',
    'const data = new Float64Array(length);',
    'try {',
    '  if (world.rank === 0) {',
    '    for (const place of places) data[place] = place;',
    '    await world.send(data, { dest: 1 });',
    '  } else {',
    '    const { bytes } = await world.recv({ source: 0, into: data });',
    '    console.log(bytes, places.every((place) => data[place] === place));',
    '  }',
    '} catch (error) {',
    '  console.log(isTsmpiError(error) ? error.message : String(error));',
    '}',
  ].join('\n');
  const { code, stdout, stderr } = await withTemporaryProject({ 'job.ts': job }, (cwd) =>
    runTsmpirun(['-n', '2', 'job.ts'], { cwd, timeoutMs: 120_000 }),
  );
  assert.equal(code, 0, stderr);
  if (isTooLong) {
    const line = /ERR_UNSUPPORTED.*4296015896 bytes, node v\d.* handles 4294967296 at once; pass it in pieces/u;
    assert.match(stdout, line);
  } else assert.equal(stdout, `${String(bytes)} true\n`);
});
