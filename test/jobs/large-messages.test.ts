/** Messages that are longer than 4 GiB, which is what node 20 sees of bytes at once. */
import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { freemem } from 'node:os';
import { test } from 'node:test';
import { runTsmpirun } from '../harness/run-tsmpirun.ts';
import { withTemporaryProject } from '../harness/temporary-project.ts';

const bytes = 2 ** 32 + 2 ** 20 + 24;
/** The array that is sent, and the one that it is received into. */
const skip = freemem() < 3 * bytes && `it takes ${String(3 * bytes)} bytes of memory`;

test('an array of more than 4 GiB arrives whole, though its receive is posted when its front is here already', {
  skip,
}, async () => {
  const job = `
    import { world } from 'tsmpi';
    const length = ${String(bytes / 8)};
    const places = [0, 2 ** 20, 2 ** 29 - 1, 2 ** 29, length - 1];
    if (world.rank === 0) {
      const data = new Float64Array(length);
      for (const place of places) data[place] = place + 1;
      const sent = world.send(data, { dest: 1, tag: 1 });
      await world.send(new Float64Array(1), { dest: 1, tag: 2 });
      await sent;
    } else {
      await world.recv({ source: 0, tag: 2 });
      const into = new Float64Array(length + 1);
      const { bytes, data } = await world.recv<Float64Array>({ source: 0, tag: 1, into });
      console.log(bytes, data.length, data.buffer === into.buffer, places.every((place) => data[place] === place + 1));
    }
  `;
  const { code, stdout, stderr } = await withTemporaryProject({ 'job.ts': job }, (cwd) =>
    // Pages that are touched for the first time may cost more than what is done with them.
    runTsmpirun(['-n', '2', 'job.ts'], { cwd, timeoutMs: 400_000 }),
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${String(bytes)} ${String(bytes / 8)} true true\n`);
});

const isTooLong = bytes > constants.MAX_LENGTH;
test('in collectives it is refused in words', {
  skip: !isTooLong && `node ${process.version} sees that much at once`,
}, async () => {
  const job = `
    import { world } from 'tsmpi';
    const data = new Float64Array(${String(bytes / 8)});
    await world.allreduce(data, { op: 'sum' }).catch(({ message }) => console.log(message));
  `;
  const { code, stdout, stderr } = await withTemporaryProject({ 'job.mjs': job }, (cwd) =>
    runTsmpirun(['-n', '2', 'job.mjs'], { cwd }),
  );
  assert.equal(code, 0, stderr);
  const line =
    /^\[ERR_UNSUPPORTED\] .*4296015896 bytes, node v\d.* handles 4294967296 at once; pass it in pieces.*$/gmu;
  assert.equal(stdout.match(line)?.length, 2, stdout);
});
