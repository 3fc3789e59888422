/**
 * Results as columns of text, for a terminal.
 */
import { megabytesPerSecond, microseconds, threeDigits } from './numbers.ts';
import type { Run } from './plan.ts';
import { type BenchResult, type Figure, type Point, type Ratio, isOurs, ratiosOf } from './result.ts';
import { sizeText } from './sizes.ts';
import { comparisonsOf } from './summary.ts';

/** One run: a row for each size, mode and kind of memory of ours, the peers beside it. */
export function runTable(run: Run, { points, figures }: Pick<BenchResult, 'points' | 'figures'>): string {
  const { measurement, ranks } = run;
  const title = `${measurement.name}, ${String(ranks)} ranks: ${measurement.what}`;
  if (measurement.gives === 'figures') return [title, ...figureRows(figures)].join('\n');
  const ratios = ratiosOf(points);
  return [`${title}; times in µs`, ...pointRows(run, points, ratios), ...meanRows(ratios)].join('\n');
}

function figureRows(figures: readonly Figure[]): string[] {
  return figures.map(({ value, unit, mode, figure }) => {
    const amount = `${threeDigits(value)} ${unit}`.trim();
    return `  ${amount.padStart(12)}  ${figure}${mode === undefined ? '' : ` (${mode})`}`;
  });
}

function pointRows({ measurement }: Run, points: readonly Point[], ratios: readonly Ratio[]): string[] {
  const peers = [...new Set(points.map(({ who }) => who))].filter((who) => !isOurs(who));
  const isSized = measurement.sizes !== '';
  const hasWays = measurement.gives === 'samples';
  const head = [
    ...(isSized ? ['bytes'] : []),
    ...(hasWays ? ['mode', 'memory'] : []),
    ...['min', 'median', 'p99'],
    ...(measurement.isStream ? ['MB/s'] : []),
    ...peers.flatMap((peer) => [peer, 'ratio', 'spread']),
  ];
  const ours = points.filter(({ who }) => isOurs(who));
  const rows = ours.map((point) => [
    ...(isSized ? [sizeText(point.bytes)] : []),
    ...(hasWays ? [point.mode ?? '', point.memory ?? ''] : []),
    ...[point.minNs, point.medianNs, point.p99Ns].map(microseconds),
    ...(measurement.isStream ? [threeDigits(megabytesPerSecond(point))] : []),
    ...peers.flatMap((peer) => peerCells(ratios, point, peer)),
  ]);
  return columns([head, ...rows]);
}

function peerCells(ratios: readonly Ratio[], ours: Point, peer: string): string[] {
  const ratio = ratios.find(
    (each) => each.peer === peer && each.bytes === ours.bytes && each.mode === ours.mode && each.memory === ours.memory,
  );
  if (ratio === undefined) return ['-', '-', '-'];
  const spread = `${threeDigits(ratio.low)}–${threeDigits(ratio.high)}`;
  return [microseconds(ratio.peerNs), threeDigits(ratio.ratio), spread];
}

function meanRows(ratios: readonly Ratio[]): string[] {
  return comparisonsOf(ratios).map(({ way, peer, mean, least }) => {
    const at = least.bytes === 0 ? '' : ` in the mean, ${threeDigits(least.ratio)} at ${sizeText(least.bytes)}`;
    return `  ${`${way} against ${peer}`.trim()}: ${threeDigits(mean)}${at}`;
  });
}

/** Right-aligned, two blanks between. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}`);
}
