/**
 * Results as columns of text, for a terminal.
 */
import type { Run } from './plan.ts';
import { type Point, type Ratio, ratiosOf } from './result.ts';
import { sizeText } from './sizes.ts';
import { geometricMean } from './statistics.ts';

/** One run: a row for each size, mode and kind of memory of ours, the peers beside it. */
export function runTable({ measurement, ranks }: Run, points: readonly Point[]): string {
  const ours = points.filter(({ who }) => who === 'tsmpi');
  const peers = [...new Set(points.map(({ who }) => who))].filter((who) => who !== 'tsmpi');
  const ratios = ratiosOf(points);
  const isSized = measurement.sizes !== '';
  const head = [
    ...(isSized ? ['bytes'] : []),
    'mode',
    'memory',
    'min',
    'median',
    'p99',
    ...(measurement.isStream ? ['MB/s'] : []),
    ...peers.flatMap((peer) => [peer, 'ratio', 'spread']),
  ];
  const rows = ours.map((point) => [
    ...(isSized ? [sizeText(point.bytes)] : []),
    point.mode ?? '',
    point.memory ?? '',
    microseconds(point.minNs),
    microseconds(point.medianNs),
    microseconds(point.p99Ns),
    ...(measurement.isStream ? [megabytesPerSecond(point)] : []),
    ...peers.flatMap((peer) => peerCells(points, ratios, point, peer)),
  ]);
  const title = `${measurement.name}, ${String(ranks)} ranks: ${measurement.what}; times in µs`;
  return [title, ...columns([head, ...rows]), ...means(ratios).map((line) => `  ${line}`)].join('\n');
}

function peerCells(points: readonly Point[], ratios: readonly Ratio[], ours: Point, peer: string): string[] {
  const theirs = points.find(({ who, bytes }) => who === peer && bytes === ours.bytes);
  const ratio = ratios.find((each) => each.peer === peer && isSamePlace(each, ours));
  if (theirs === undefined || ratio === undefined) return ['-', '-', '-'];
  return [microseconds(theirs.medianNs), ratioText(ratio.ratio), `${ratioText(ratio.low)}–${ratioText(ratio.high)}`];
}

function isSamePlace(ratio: Ratio, point: Point): boolean {
  return ratio.bytes === point.bytes && ratio.mode === point.mode && ratio.memory === point.memory;
}

/** For each way of ours and each peer: the geometric mean of the ratios and the least of them. */
function means(ratios: readonly Ratio[]): string[] {
  const groups = new Map<string, Ratio[]>();
  for (const ratio of ratios) {
    const key = `${[ratio.mode, ratio.memory].filter((word) => word !== undefined).join(' ')} against ${ratio.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), ratio]);
  }
  return [...groups].map(([key, group]) => {
    const least = group.reduce((one, other) => (other.ratio < one.ratio ? other : one));
    const at = least.bytes === 0 ? '' : ` (least ${ratioText(least.ratio)}, at ${sizeText(least.bytes)})`;
    return `${key}: ${ratioText(geometricMean(group.map(({ ratio }) => ratio)))} times as fast${at}`.trim();
  });
}

/** Three digits, whatever the magnitude. */
export function microseconds(ns: number): string {
  const value = ns / 1000;
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}

export function ratioText(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(ratio < 0.1 ? 4 : 2);
}

export function megabytesPerSecond({ bytes, medianNs }: Point): string {
  return ((bytes * 1000) / medianNs).toFixed(0);
}

/** Right-aligned, two blanks between. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}`);
}
