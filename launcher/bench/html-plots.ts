/**
 * Which plots a page of results has: time, bandwidth and ratio against size, and growth with ranks.
 */
import { measurements } from './measurements.ts';
import { megabytesPerSecond, threeDigits, timeText } from './numbers.ts';
import type { Line, Plot } from './plot.ts';
import { type BenchResult, contenderText, type Figure, type Point, type Ratio } from './result.ts';
import { sizeText } from './sizes.ts';

export interface Section {
  readonly heading: string;
  readonly plots: readonly Plot[];
}

/** In the order of the measurements; sections without a plot are left out. */
export function sectionsOf(result: BenchResult): Section[] {
  const sections = measurements.map(({ name, what, isStream }) => {
    const points = result.points.filter((point) => point.name === name);
    const ratios = result.ratios.filter((ratio) => ratio.name === name);
    const ranks = [...new Set(points.map((point) => point.ranks))];
    const plots = ranks.flatMap((count) => {
      const [here, ratiosHere] = [
        points.filter((point) => point.ranks === count),
        ratios.filter((ratio) => ratio.ranks === count),
      ];
      return [...bySize(here, isStream), ...ratioBySize(ratiosHere)];
    });
    return { heading: `${name}: ${what}`, plots: [...plots, ...growth(points)] };
  });
  const growing = figureGrowth(result.figures);
  const styles = new Map([...new Set(result.points.map(contenderText))].map((label, style) => [label, style]));
  return [...sections, ...(growing.length > 0 ? [{ heading: 'Growth with ranks', plots: growing }] : [])]
    .filter(({ plots }) => plots.length > 0)
    .map(({ heading, plots }) => ({ heading, plots: plots.map((plot) => styled(plot, styles)) }));
}

/** A contender looks the same in all plots of the page. */
function styled(plot: Plot, styles: ReadonlyMap<string, number>): Plot {
  const lines = plot.lines.map((line) => {
    const style = styles.get(line.label);
    return style === undefined ? line : { ...line, style };
  });
  return { ...plot, lines };
}

function bySize(points: readonly Point[], isStream: boolean): Plot[] {
  const sized = points.filter(({ bytes }) => bytes > 0);
  const [first] = sized;
  if (first === undefined) return [];
  const where = `${first.name}, ${String(first.ranks)} ranks`;
  const x = { xLabel: 'bytes', xText: sizeText, xBase: 8 } as const;
  const time = linesOf(sized, contenderText, ({ bytes, medianNs }) => [bytes, medianNs]);
  const bandwidth = linesOf(sized, contenderText, (point) => [point.bytes, megabytesPerSecond(point)]);
  return [
    { ...x, title: `Time, ${where}`, yLabel: 'time', yText: timeText, lines: time },
    ...(isStream ? [{ ...x, title: `Bandwidth, ${where}`, yLabel: 'MB/s', yText: threeDigits, lines: bandwidth }] : []),
  ];
}

/** A plot for each peer: all of them in one would be a thicket. */
function ratioBySize(ratios: readonly Ratio[]): Plot[] {
  const sized = ratios.filter(({ bytes }) => bytes > 0);
  return [...new Set(sized.map(({ peer }) => peer))].map((peer) => {
    const against = sized.filter((ratio) => ratio.peer === peer);
    const [first] = against;
    return {
      title: `Ratio against ${peer}, ${first?.name ?? ''}, ${String(first?.ranks)} ranks`,
      xLabel: 'bytes',
      xText: sizeText,
      xBase: 8,
      yLabel: `time of ${peer} ÷ ours`,
      yText: threeDigits,
      mark: 1,
      lines: linesOf(against, contenderText, ({ bytes, ratio }) => [bytes, ratio]),
    };
  });
}

/** Time against ranks, for the smallest and the largest size that all numbers of ranks share. */
function growth(points: readonly Point[]): Plot[] {
  const ranks = [...new Set(points.map((point) => point.ranks))];
  if (ranks.length < 2) return [];
  const [first] = points;
  const sizes = [...new Set(points.map(({ bytes }) => bytes))].filter((bytes) =>
    ranks.every((count) => points.some((point) => point.ranks === count && point.bytes === bytes)),
  );
  if (sizes.length === 0) return [];
  const ends = [...new Set([Math.min(...sizes), Math.max(...sizes)])];
  return ends.map((bytes) => ({
    title: `Growth with ranks, ${first?.name ?? ''}${bytes === 0 ? '' : `, ${sizeText(bytes)}`}`,
    ...againstRanks,
    yLabel: 'time',
    yText: timeText,
    lines: linesOf(
      points.filter((point) => point.bytes === bytes),
      contenderText,
      (point) => [point.ranks, point.medianNs],
    ),
  }));
}

/** Of each figure with a unit that was measured on several numbers of ranks, and of their total. */
function figureGrowth(figures: readonly Figure[]): Plot[] {
  const footprint = figures.filter(({ name }) => name === 'footprint');
  if (new Set(footprint.map(({ ranks }) => ranks)).size < 2) return [];
  const plotOf = (title: string, of: readonly Figure[], yLabel: string, total: boolean): Plot => ({
    title,
    ...againstRanks,
    yLabel,
    yText: threeDigits,
    lines: linesOf(
      of,
      ({ figure }) => figure,
      ({ ranks, value }) => [ranks, total ? value * ranks : value],
    ),
  });
  const memory = footprint.filter(({ unit }) => unit === 'MiB');
  const sockets = footprint.filter(({ unit }) => unit === '');
  return [
    plotOf('Memory, all ranks together', memory, 'MiB', true),
    plotOf('Sockets of each sandbox', sockets, 'sockets', false),
  ];
}

const againstRanks = { xLabel: 'ranks', xText: String, xBase: 2 } as const;

function linesOf<T>(
  items: readonly T[],
  labelOf: (item: T) => string,
  pointOf: (item: T) => readonly [number, number],
): Line[] {
  const lines = new Map<string, (readonly [number, number])[]>();
  for (const item of items) {
    const points = lines.get(labelOf(item)) ?? [];
    lines.set(labelOf(item), points);
    points.push(pointOf(item));
  }
  return [...lines].map(([label, points]) => ({ label, points: points.sort(([left], [right]) => left - right) }));
}
