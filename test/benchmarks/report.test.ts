import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { csvText } from '../../launcher/bench/csv.ts';
import { htmlText } from '../../launcher/bench/html.ts';
import { markdownText } from '../../launcher/bench/markdown.ts';
import { measurements } from '../../launcher/bench/measurements.ts';
import { type BenchResult, Figures, ratiosOf, Samples } from '../../launcher/bench/result.ts';
import { packageRoot } from '../harness/run-tsmpirun.ts';

/** Ours takes `ours` ns for 8 bytes, the peer 200; both grow with the size. */
function resultWith(ours: number, sizes: readonly number[] = [8, 4096, 2 ** 20]): BenchResult {
  const samples = new Samples();
  for (const name of ['allreduce', 'bw']) {
    for (const ranks of name === 'bw' ? [2] : [2, 8]) {
      for (const bytes of sizes) {
        for (const round of [0, 1, 2]) {
          const times = (ns: number): number[] => [1, 1.1, 1.2 + round / 10].map((factor) => ns * factor * bytes);
          for (const mode of ['sync', 'async'] as const) {
            samples.add({ name, ranks, bytes }, { who: 'tsmpi', mode, memory: 'plain' }, round, times(ours));
          }
          samples.add({ name, ranks, bytes }, { who: 'openmpi' }, round, times(200));
        }
      }
    }
  }
  const figures = new Figures();
  for (const ranks of [2, 8]) {
    figures.add('footprint', ranks, { figure: 'memory of a sandbox', unit: 'MiB', value: 30 });
    figures.add('footprint', ranks, { figure: 'sockets of a sandbox', unit: '', value: ranks + 2 });
  }
  const points = samples.points();
  const about = { command: 'tsmpi bench --vs openmpi', cores: 2, versions: ['tsmpi 0', 'openmpi 0'] };
  return {
    about,
    points,
    ratios: ratiosOf(points),
    figures: figures.all(),
    notes: ['<mpich>: not here'],
    failed: false,
  };
}

test('a ratio is the median over the rounds of the peer’s time divided by ours', () => {
  const { ratios, points } = resultWith(100);
  assert.equal(ratios.length, points.filter(({ who }) => who === 'tsmpi').length);
  for (const { ratio, low, high } of ratios) {
    assert.ok(Math.abs(ratio - 2) < 0.01, String(ratio));
    assert.ok(low <= ratio && ratio <= high);
  }
});

test('a line of CSV for each point and figure, as long as its head', () => {
  const result = resultWith(100);
  const lines = csvText(result).trim().split('\n');
  assert.equal(lines.length, 1 + result.points.length + result.figures.length);
  const columns = new Set(lines.map((line) => line.split(',').length));
  assert.equal(columns.size, 1, lines.join('\n'));
  assert.match(lines[0] ?? '', /^name,ranks,bytes,who,mode,memory,samples,minNs,.*ratio openmpi/);
});

test('markdown says where a peer is ahead, keeps the reason and the text around, and drops a reason that is past', () => {
  const fresh = markdownText(resultWith(400), undefined);
  const row = /^\| bw \| 2 \| sync plain \| openmpi \| 0\.50 \|.*\| behind \|$/m;
  assert.match(fresh, row);
  const explained = `# Title\n\n${fresh.replace(row, (line) => line.replace('| behind |', '| no zero copy |'))}\nlast words\n`;
  const again = markdownText(resultWith(500), explained);
  assert.match(again, /^# Title\n/);
  assert.match(again, /\nlast words\n$/);
  assert.match(again, /^\| bw \| 2 \| sync plain \| openmpi \| 0\.40 \|.*\| no zero copy \|$/m);
  assert.doesNotMatch(markdownText(resultWith(100), again), /no zero copy|\| behind \|$/m);
});

test('markdown says what is aimed at, and whether it was reached', () => {
  assert.match(
    markdownText(resultWith(100), undefined),
    /^\| allreduce \| 8 \| sync plain \| openmpi \|.*\| 2, least 1: /m,
  );
  assert.match(
    markdownText(resultWith(400), undefined),
    /^\| bw \| 2 \| sync plain .*\| 1, least 1: missed \| behind \|$/m,
  );
  assert.match(markdownText(resultWith(50), undefined), /^\| bw \| 2 \| sync plain .*\| 1, least 1: reached \|  \|$/m);
});

test('docs/BENCHMARKS.md names every measurement, and has the marks between which its tables stand', () => {
  const text = readFileSync(`${packageRoot}/docs/BENCHMARKS.md`, 'utf8');
  for (const { name } of measurements) assert.ok(text.includes(`\`${name}\``), name);
  const written = markdownText(resultWith(100), text);
  assert.ok(written.startsWith('# Benchmarks\n'));
  assert.equal(markdownText(resultWith(100), written), written);
});

/** Runs in the page: what a reader would see of each plot. */
const probe = `<script>
const seen = [...document.querySelectorAll('figure')].map((figure) => {
  const svg = figure.querySelector('svg[role=img]');
  const outer = svg.getBoundingClientRect();
  const outside = [...svg.querySelectorAll('path, circle, rect, text')].filter((part) => {
    const box = part.getBoundingClientRect();
    return box.left < outer.left - 1 || box.right > outer.right + 1 || box.top < outer.top - 1 || box.bottom > outer.bottom + 1;
  });
  return { label: svg.getAttribute('aria-label'), width: outer.width, height: outer.height,
    lines: [...svg.querySelectorAll('.series .line')].map((line) => line.getTotalLength()),
    legend: figure.querySelectorAll('.legend li').length, rows: figure.querySelectorAll('tbody tr').length,
    outside: outside.map((part) => part.outerHTML) };
});
const page = { seen, wide: document.documentElement.scrollWidth - innerWidth, ink: getComputedStyle(document.body).color,
  ground: getComputedStyle(document.body).backgroundColor, loads: performance.getEntriesByType('resource').length };
document.body.innerHTML = '<pre id="seen"></pre>';
document.getElementById('seen').textContent = JSON.stringify(page);
</script>`;

interface Page {
  readonly seen: readonly {
    readonly label: string;
    readonly width: number;
    readonly height: number;
    readonly lines: readonly number[];
    readonly legend: number;
    readonly rows: number;
    readonly outside: readonly string[];
  }[];
  readonly wide: number;
  readonly ink: string;
  readonly ground: string;
  readonly loads: number;
}

const browser = 'chromium';
const isThere = spawnSync(browser, ['--version']).status === 0;
const skip = isThere ? false : 'no browser here; apt install chromium';

/** What a browser makes of the page, in a window so wide. */
function browse(html: string, width: number, flags: readonly string[] = []): Page {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    const file = join(folder, 'report.html');
    writeFileSync(
      file,
      html.replace('</body>', () => `${probe}</body>`),
    );
    const isolation = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const fixed = ['--headless', '--disable-gpu', '--disable-dev-shm-usage', `--user-data-dir=${folder}/profile`];
    const args = [...fixed, ...isolation, ...flags, `--window-size=${width},900`, '--dump-dom', `file://${file}`];
    const { stdout, stderr } = spawnSync(browser, args, { encoding: 'utf8', timeout: 60_000 });
    const text = /<pre id="seen">(.*?)<\/pre>/s.exec(stdout)?.[1];
    assert.ok(text !== undefined, `${stdout}\n${stderr}`);
    return JSON.parse(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')) as Page;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

test('a contender looks the same in every plot, and sizes that no two numbers of ranks share show no growth', () => {
  const all = resultWith(100);
  // Of allreduce on 2 ranks the peer is alone, and its size is another.
  const points = all.points
    .filter(({ name, ranks, who }) => name !== 'bw' && (ranks !== 2 || who === 'openmpi'))
    .map((point) => (point.ranks === 2 ? { ...point, bytes: 64 } : point));
  const html = htmlText({ ...all, points, ratios: [], figures: [] });
  const looks = [...html.matchAll(/<path class="line ([^"]*)"[^>]*>[^>]*>(?:<\/svg>)([^<]*)<\/li>/g)];
  assert.deepEqual([...new Set(looks.map(([, , label]) => label))].sort(), [
    'openmpi',
    'tsmpi async plain',
    'tsmpi sync plain',
  ]);
  assert.equal(new Set(looks.map(([, look, label]) => `${look} ${label}`)).size, 3, html);
  assert.doesNotMatch(html, /Growth with ranks/);
});

for (const width of [1280, 500]) {
  test(`a browser ${width} pixels wide shows every plot whole, with a legend and a table`, { skip }, () => {
    const page = browse(htmlText(resultWith(100)), width);
    const labels = page.seen.map(({ label }) => label);
    assert.deepEqual(labels, [
      'Time, bw, 2 ranks',
      'Bandwidth, bw, 2 ranks',
      'Ratio against openmpi, bw, 2 ranks',
      'Time, allreduce, 2 ranks',
      'Ratio against openmpi, allreduce, 2 ranks',
      'Time, allreduce, 8 ranks',
      'Ratio against openmpi, allreduce, 8 ranks',
      'Growth with ranks, allreduce, 8',
      'Growth with ranks, allreduce, 1M',
      'Memory, all ranks together',
      'Sockets of each sandbox',
    ]);
    for (const plot of page.seen) {
      assert.deepEqual(plot.outside, [], plot.label);
      assert.ok(plot.width > 250 && plot.height > 150, plot.label);
      assert.ok(plot.lines.length > 0 && plot.lines.every((length) => length > 10), plot.label);
      assert.equal(plot.legend, plot.lines.length, plot.label);
      assert.ok(plot.rows >= plot.lines.length * 2, plot.label);
    }
    assert.ok(page.wide <= 0, 'the page itself does not scroll sideways');
    assert.equal(page.loads, 0, 'the page loads nothing');
  });
}

test('the page is dark where the reader wants it dark', { skip }, () => {
  const light = browse(htmlText(resultWith(100)), 800, ['--blink-settings=preferredColorScheme=1']);
  const dark = browse(htmlText(resultWith(100)), 800, ['--blink-settings=preferredColorScheme=0']);
  assert.deepEqual([light.ground, light.ink], ['rgb(255, 255, 255)', 'rgb(28, 28, 30)']);
  assert.deepEqual([dark.ground, dark.ink], ['rgb(23, 23, 26)', 'rgb(236, 236, 240)']);
});

test('a single size and a single sample still make a page', () => {
  const html = htmlText(resultWith(100, [8]));
  assert.doesNotMatch(html, /NaN|Infinity|undefined/);
});
