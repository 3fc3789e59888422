/** A benchmark is no test of time: these show that the suite runs, checks its answers and counts right. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tuningOf } from '../../collectives/tuning.ts';
import type { BenchResult } from '../../launcher/bench/result.ts';
import { peerNames } from '../../launcher/bench/peers.ts';
import { measurements } from '../../launcher/bench/measurements.ts';
import { runTsmpi } from '../harness/run-tsmpirun.ts';

const timeoutMs = 300_000;

test('a quick bench measures everything under its name, and the figures agree with each other', async () => {
  const quick = ['bench', '--quick', '--sizes', '64', '--time', '2', '--json'];
  const { code, stdout, stderr } = await runTsmpi(quick, { timeoutMs });
  assert.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as BenchResult;
  assert.equal(result.failed, false);
  for (const { name, sizes, gives } of measurements) {
    if (gives === 'figures') continue;
    const points = result.points.filter((point) => point.name === name);
    const modes = new Set(points.map(({ mode }) => mode));
    assert.deepEqual([...modes], gives === 'samples' ? ['sync', 'async'] : [undefined], name);
    for (const point of points) {
      assert.deepEqual([point.who, point.ranks, point.bytes], ['tsmpi', 2, sizes === '' ? 0 : 64]);
      assert.ok(point.samples >= (gives === 'samples' ? 5 : 1), name);
      assert.ok(point.minNs <= point.medianNs && point.medianNs <= point.p99Ns, JSON.stringify(point));
      assert.equal(point.roundMediansNs.length, 1);
    }
  }
});

test('every peer is measured at the same places as we are, or the report says how to install it', async () => {
  const words = ['bench', '--quick', '--time', '2', '--mode', 'sync', '--memory', 'plain', '--json'];
  const names = ['latency', 'mbw_mr', 'bcast', 'alltoall', 'reduce_scatter', 'init'];
  const { code, stdout, stderr } = await runTsmpi([...words, '--vs', peerNames.join(','), ...names], { timeoutMs });
  assert.equal(code, 0, stderr);
  const { points, ratios, notes } = JSON.parse(stdout) as BenchResult;
  const places = (who: string): string[] =>
    points.filter((point) => point.who === who).map(({ name, ranks, bytes }) => `${name} ${ranks} ${bytes}`);
  for (const peer of peerNames) {
    const isLacking = notes.some((note) => note.startsWith(`${peer}: not installed; apt install `));
    assert.deepEqual(places(peer), isLacking ? [] : places('tsmpi'), peer);
    const compared = ratios.filter((ratio) => ratio.peer === peer);
    assert.equal(compared.length, places(peer).length);
    for (const { low, ratio, high } of compared) assert.ok(0 < low && low <= ratio && ratio <= high);
  }
});

test('results that --json wrote are reported together, later ones in place of earlier ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'saved-'));
  try {
    const quick = ['bench', '--quick', '--sizes', '8', '--time', '1', '--mode', 'sync', '--memory', 'plain', '--json'];
    const files: string[] = [];
    for (const names of [['latency', 'barrier'], ['barrier']]) {
      const { code, stdout, stderr } = await runTsmpi([...quick, ...names], { timeoutMs });
      assert.equal(code, 0, stderr);
      const file = join(folder, `${names.join('-')}.json`);
      writeFileSync(file, stdout);
      files.push(file);
    }
    const csv = join(folder, 'all.csv');
    const { code, stdout, stderr } = await runTsmpi(['bench', '--from', files.join(','), '--csv', csv]);
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    const rows = readFileSync(csv, 'utf8').trim().split('\n').slice(1);
    assert.deepEqual(
      rows.map((row) => row.split(',')[0]),
      ['latency', 'barrier'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('where two parts measured the same peer, each of ours stands beside the times of its own part', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parts-'));
  try {
    const pointOf = (who: string, ns: number, way: object): object => ({
      ...{ name: 'barrier', ranks: 2, bytes: 0, who, samples: 5, minNs: ns, medianNs: ns, p99Ns: ns },
      ...{ roundMediansNs: [ns], ...way },
    });
    const about = { command: 'tsmpi bench barrier', cores: 2, versions: [] };
    const files = (['plain', 'alloc'] as const).map((memory, at) => {
      const points = [pointOf('tsmpi', 100, { mode: 'sync', memory }), pointOf('openmpi', 200 + 200 * at, {})];
      const file = join(folder, `${memory}.json`);
      writeFileSync(file, JSON.stringify({ about, points, ratios: [], figures: [], notes: [], failed: false }));
      return file;
    });
    const markdown = join(folder, 'table.md');
    const { code, stderr } = await runTsmpi(['bench', '--from', files.join(','), '--markdown', markdown]);
    assert.deepEqual([code, stderr], [0, '']);
    const text = readFileSync(markdown, 'utf8');
    assert.match(text, /\| sync plain \| openmpi \| 2\.00 \| 2\.00 \| 100 ns \/ 200 ns \|/);
    assert.match(text, /\| sync alloc \| openmpi \| 4\.00 \| 4\.00 \| 100 ns \/ 400 ns \|/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('tune writes a table that jobs accept, and that names algorithms for what it measured', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tuned-'));
  try {
    const out = join(folder, 'deep', 'tuning.json');
    const words = ['bench', 'tune', '--quick', '--ranks', '2', '--sizes', '8,4K', '--time', '1', '--out', out];
    const { code, stdout, stderr } = await runTsmpi(words, { timeoutMs });
    assert.deepEqual([code, stdout], [0, `written to ${out}\n`], stderr);
    assert.match(stderr, /^algorithms on 2 ranks, round 1 of 1: 1 of \d; about \d+ s left\n/);
    const tuning = tuningOf(JSON.parse(readFileSync(out, 'utf8')));
    for (const name of ['allreduce', 'broadcast', 'alltoall', 'scan'] as const) {
      const last = tuning.algorithms[name]?.at(-1);
      assert.deepEqual([last?.ranksMax, last?.bytesMax], [2, 4096], name);
    }
    const job = ['bench', 'barrier', '--quick', '--time', '1', '--mode', 'sync', '--memory', 'plain', '--tuning', out];
    assert.equal((await runTsmpi(job, { timeoutMs })).code, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('Ctrl-C ends a bench and its job, and what was measured is kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interrupted-'));
  const controller = new AbortController();
  try {
    const csv = join(folder, 'part.csv');
    const words = ['bench', 'barrier', 'soak', '--quick', '--calls', '1000000000', '--csv', csv];
    const { code, stdout, stderr } = await runTsmpi(words, {
      timeoutMs,
      signal: controller.signal,
      // The table of the first run is out: the second has begun.
      onStdout: () => controller.abort(),
    });
    assert.equal(code, 130, stderr);
    assert.match(stdout, /^barrier, 2 ranks/);
    assert.match(stderr, /interrupted; what is shown was measured before\n$/);
    assert.match(readFileSync(csv, 'utf8'), /\nbarrier,2,/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const [words, line] of [
  [['latancy'], /^tsmpi bench: latancy: nothing of that name is measured; did you mean latency\?\n$/],
  [['--rank', '2'], /^tsmpi bench: --rank: unknown option; did you mean --ranks\?\n$/],
  [['--ranks', 'two'], /^tsmpi bench: --ranks two: not a whole number; [^\n]+\n$/],
  [['--sizes', '8:'], /^tsmpi bench: --sizes 8:: not a list or range of sizes; [^\n]+\n$/],
  [['--warm-up', '0'], /^tsmpi bench: --warm-up 0: must be at least 1; [^\n]+\n$/],
  [['--sizes'], /^tsmpi bench: --sizes: it needs a value; [^\n]+\n$/],
  [['--vs', 'lam'], /^tsmpi bench: --vs lam: lam is unknown; it takes openmpi, [^\n]+\n$/],
  [['--quick=yes'], /^tsmpi bench: --quick: it takes no value; write --quick\n$/],
  [['--from', 'package.json'], /^tsmpi bench: --from package\.json: it is not what [^\n]+\n$/],
  [['--from', 'a.json', 'bw'], /^tsmpi bench: --from with bw: nothing is measured anew; leave out bw\n$/],
  [['tune', 'bw'], /^tsmpi bench: tune bw: tune takes options only; [^\n]+\n$/],
  [['tune', '--ranks', '1'], /^tsmpi bench: --ranks 1: one rank has nothing to choose; [^\n]+\n$/],
  [['tune', '--outt', 'x'], /^tsmpi bench: --outt: unknown option; did you mean --out\?\n$/],
  [['--csv', 'docs'], /^tsmpi bench: --csv docs: it is a folder; [^\n]+\n$/],
] as const) {
  test(`tsmpi bench ${words.join(' ')} is refused in one line`, async () => {
    const { code, stdout, stderr } = await runTsmpi(['bench', ...words]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, line);
  });
}
