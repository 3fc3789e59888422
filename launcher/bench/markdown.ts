/**
 * Results as the tables of docs/BENCHMARKS.md.
 *
 * They stand between two marks, and what stands around them is kept. The last column of a comparison is written by
 * hand: why a peer is ahead, or a target is missed. It is carried over for as long as that is so.
 */
import { threeDigits, timeText } from './numbers.ts';
import { type BenchResult, type Ratio } from './result.ts';
import { sizeText } from './sizes.ts';
import { type Comparison, comparisonsOf, wayOf } from './summary.ts';
import { isMissed, verdictOn, verdictOnFigure } from './targets.ts';

const begin = '<!-- measured: written by tsmpi bench --markdown -->';
const end = '<!-- /measured -->';
const unexplained = 'behind';

/** The text of a file, with new tables in it. `before`: what it had; undefined when there was none. */
export function markdownText(result: BenchResult, before: string | undefined): string {
  const tables = [begin, '', ...tablesOf(result, reasonsIn(before ?? '')), end].join('\n');
  const [start, stop] = [before?.indexOf(begin) ?? -1, before?.indexOf(end) ?? -1];
  if (before === undefined || start < 0 || stop < start)
    return `${before === undefined ? '' : `${before}\n`}${tables}\n`;
  return before.slice(0, start) + tables + before.slice(stop + end.length);
}

function tablesOf(result: BenchResult, reasons: ReadonlyMap<string, string>): string[] {
  const { about, notes, figures } = result;
  const comparisons = comparisonsOf(result.ratios);
  return [
    `With ${about.versions.join(', ')}, on ${String(about.cores)} cores:`,
    '',
    '```sh',
    about.command,
    '```',
    '',
    ...(comparisons.length === 0 ? [] : [...comparisonTable(comparisons, reasons), '']),
    ...(result.points.length > 0 && comparisons.length === 0 ? [...pointTable(result), ''] : []),
    ...(figures.length === 0 ? [] : [...figureTable(result), '']),
    ...(notes.length === 0 ? [] : ['Not measured:', '', ...notes.map((note) => `- ${note}`), '']),
  ];
}

function comparisonTable(comparisons: readonly Comparison[], reasons: ReadonlyMap<string, string>): string[] {
  const rows = comparisons.map((comparison) => {
    const { name, ranks, way, peer, mean, least, ratios } = comparison;
    const times = (ratio: Ratio | undefined): string =>
      ratio === undefined ? '' : `${sizeOf(ratio)}${timeText(ratio.ns)} / ${timeText(ratio.peerNs)}`;
    const key = [name, String(ranks), way, peer];
    const verdict = verdictOn(comparison);
    const isBehind = mean < 1 || least.ratio < 1;
    const reason = isBehind || isMissed(verdict) ? reasons.get(key.join(' | ')) : '';
    const smallAndLarge = [times(ratios[0]), ratios.length > 1 ? times(ratios.at(-1)) : ''];
    const leastText = `${threeDigits(least.ratio)}${least.bytes === 0 ? '' : ` at ${sizeText(least.bytes)}`}`;
    return [...key, threeDigits(mean), leastText, ...smallAndLarge, verdict, reason ?? (isBehind ? unexplained : '')];
  });
  const head = ['', 'ranks', 'ours', 'against', 'mean ratio', 'least', 'smallest', 'largest', 'target', 'why behind'];
  return table(head, rows);
}

function pointTable({ points }: BenchResult): string[] {
  const rows = points.map((point) => [
    point.name,
    String(point.ranks),
    point.bytes === 0 ? '' : sizeText(point.bytes),
    wayOf(point),
    ...[point.minNs, point.medianNs, point.p99Ns].map(timeText),
  ]);
  return table(['', 'ranks', 'bytes', 'ours', 'min', 'median', 'p99'], rows);
}

function figureTable({ figures }: BenchResult): string[] {
  const rows = figures.map(({ name, ranks, figure, mode = '', value, unit, rounds }) => {
    const spread = rounds.length > 1 ? `${threeDigits(Math.min(...rounds))}–${threeDigits(Math.max(...rounds))}` : '';
    const what = mode === '' ? figure : `${figure} (${mode})`;
    return [name, String(ranks), what, `${threeDigits(value)} ${unit}`, spread, verdictOnFigure({ figure, value })];
  });
  return table(['', 'ranks', 'figure', 'value', 'spread', 'target'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

function sizeOf({ bytes }: Ratio): string {
  return bytes === 0 ? '' : `${sizeText(bytes)}: `;
}

/** The hand-written last cells of the rows of comparisons, by their first four. */
function reasonsIn(text: string): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const line of text.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const [reason] = cells.slice(-2);
    if (cells.length !== 12 || reason === undefined || reason === '' || reason === unexplained) continue;
    reasons.set(cells.slice(1, 5).join(' | '), reason);
  }
  return reasons;
}
