/**
 * Results as comma-separated values: a line for each point, with its ratio against each peer, then one for each figure.
 */
import { type BenchResult, isOurs, type Point, type Ratio } from './result.ts';

const pointColumns = ['name', 'ranks', 'bytes', 'who', 'mode', 'memory', 'samples'] as const;
const timeColumns = ['minNs', 'medianNs', 'p99Ns'] as const;

/** The whole file. Nothing in it needs quotes but the names of figures. */
export function csvText({ points, ratios, figures }: BenchResult): string {
  const peers = [...new Set(ratios.map(({ peer }) => peer))];
  const head = [
    ...pointColumns,
    ...timeColumns,
    'lowNs',
    'highNs',
    ...peers.map((peer) => `ratio ${peer}`),
    'figure',
    'unit',
    'value',
  ];
  const pointRows = points.map((point) => [
    ...pointColumns.map((column) => point[column]),
    ...timeColumns.map((column) => point[column]),
    Math.min(...point.roundMediansNs),
    Math.max(...point.roundMediansNs),
    ...peers.map((peer) => ratioOf(ratios, point, peer)),
    ...['', '', ''],
  ]);
  const gap = Array.from({ length: timeColumns.length + 2 + peers.length }, () => '');
  const figureRows = figures.map(({ name, ranks, mode, figure, unit, value }) => [
    ...[name, ranks, '', 'tsmpi', mode, '', ''],
    ...gap,
    ...[figure, unit, value],
  ]);
  const rows: readonly (readonly (string | number | undefined)[])[] = [head, ...pointRows, ...figureRows];
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function ratioOf(ratios: readonly Ratio[], point: Point, peer: string): number | undefined {
  if (!isOurs(point.who)) return undefined;
  const { name, ranks, bytes, mode, memory } = point;
  return ratios.find(
    (ratio) =>
      ratio.peer === peer &&
      ratio.who === point.who &&
      ratio.name === name &&
      ratio.ranks === ranks &&
      ratio.bytes === bytes &&
      ratio.mode === mode &&
      ratio.memory === memory,
  )?.ratio;
}

function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' || /^[\w -]*$/.test(value) ? String(value) : `"${value.replaceAll('"', '""')}"`;
}
