/**
 * Results as one page with plots that needs nothing else: no script, no network, light and dark.
 */
import { sectionsOf } from './html-plots.ts';
import { pageStyle } from './html-style.ts';
import { threeDigits } from './numbers.ts';
import { escaped, legendHtml, type Plot, plotSvg } from './plot.ts';
import type { BenchResult } from './result.ts';
import { sizeText } from './sizes.ts';
import { comparisonsOf } from './summary.ts';

/** The whole page. */
export function htmlText(result: BenchResult): string {
  const { about, notes, figures } = result;
  const sections = sectionsOf(result).map(
    ({ heading, plots }) =>
      `<section><h2>${escaped(heading)}</h2><div class="plots">${plots.map(figure).join('')}</div></section>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>tsmpi bench</title><style>${pageStyle}</style></head><body><main>`,
    '<h1>tsmpi bench</h1>',
    `<p>${escaped(about.versions.join(', '))}, on ${String(about.cores)} cores. Times are medians; a ratio is the`,
    "peer's time divided by ours, so above 1 we are faster.</p>",
    `<pre><code>${escaped(about.command)}</code></pre>`,
    ...comparisonHtml(result),
    ...sections,
    ...(figures.length === 0 ? [] : [figureHtml(result)]),
    ...(notes.length === 0
      ? []
      : [`<h2>Not measured</h2><ul>${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ul>`]),
    '</main></body></html>',
    '',
  ].join('\n');
}

function figure(plot: Plot): string {
  const rows = plot.lines.flatMap(({ label, points }) => points.map(([x, y]) => [label, plot.xText(x), plot.yText(y)]));
  return [
    `<figure><figcaption>${escaped(plot.title)}</figcaption>${plotSvg(plot)}${legendHtml(plot.lines)}`,
    `<details><summary>As a table</summary>${table(['', plot.xLabel, plot.yLabel], rows)}</details></figure>`,
  ].join('');
}

function comparisonHtml({ ratios }: BenchResult): string[] {
  const rows = comparisonsOf(ratios).map(({ name, ranks, way, peer, mean, least }) => {
    const at = least.bytes === 0 ? '' : ` at ${sizeText(least.bytes)}`;
    return [name, String(ranks), way, peer, threeDigits(mean), `${threeDigits(least.ratio)}${at}`];
  });
  if (rows.length === 0) return [];
  return ['<h2>Ratios</h2>', table(['', 'ranks', 'ours', 'against', 'mean ratio', 'least'], rows)];
}

function figureHtml({ figures }: BenchResult): string {
  const rows = figures.map(({ name, ranks, mode = '', figure: what, value, unit }) => [
    name,
    String(ranks),
    mode === '' ? what : `${what} (${mode})`,
    `${threeDigits(value)} ${unit}`,
  ]);
  return `<h2>Figures</h2>${table(['', 'ranks', 'figure', 'value'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells) => row(cells, 'td')).join('');
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${body}</tbody></table></div>`;
}
