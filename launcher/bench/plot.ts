/**
 * Log-log line plots as SVG text: no script, no style of their own but classes, read aloud by their title and table.
 */
export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Number of the way it is drawn; left out: its place in the plot. */
  readonly style?: number;
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  /** Ticks lie at powers of it. */
  readonly xBase: 2 | 4 | 8;
  /** A value of y to mark with a line across. */
  readonly mark?: number;
}

const [width, height] = [560, 360];
const frame = { left: 70, right: 16, top: 14, bottom: 46 } as const;
const ticksMax = 9;
/** Lines differ in colour, in dashes and in the shape of their points: two of the three are enough to tell them. */
const colours = 6;
const shapes = ['circle', 'square', 'diamond', 'triangle'] as const;

/** One axis: values to places, and where its ticks are. */
interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function axis(values: readonly number[], base: number, from: number, to: number): Axis {
  const known = values.filter((value) => value > 0 && Number.isFinite(value)).map((value) => Math.log(value));
  const unit = Math.log(base);
  // To whole powers, so that no point touches the frame; a small tolerance for the logarithm's own error.
  const low = Math.floor(Math.min(...known) / unit + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.max(...known) / unit - 1e-9));
  const step = Math.ceil((high - low + 1) / ticksMax);
  const ticks: number[] = [];
  for (let power = low; power <= high; power += step) ticks.push(base ** power);
  const at = (value: number): number => from + ((Math.log(value) / unit - low) / (high - low)) * (to - from);
  return { at, ticks };
}

/** The `<svg>` element. Points that are not above zero have no place and are left out. */
export function plotSvg(plot: Plot): string {
  const lines = plot.lines.map((line) => ({ ...line, points: line.points.filter(([x, y]) => x > 0 && y > 0) }));
  const all = lines.flatMap(({ points }) => points);
  const x = axis(
    all.map(([value]) => value),
    plot.xBase,
    frame.left,
    width - frame.right,
  );
  const ys = [...all.map(([, value]) => value), ...(plot.mark === undefined ? [] : [plot.mark])];
  const spread = Math.max(...ys) / Math.min(...ys);
  const y = axis(ys, spread > 100 ? 10 : 2, height - frame.bottom, frame.top);
  return [
    `<svg viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${escaped(plot.title)}">`,
    ...x.ticks.map((value) => verticalTick(x.at(value), plot.xText(value))),
    ...y.ticks.map((value) => horizontalTick(y.at(value), bare(plot.yText(value)))),
    ...(plot.mark === undefined ? [] : [across(y.at(plot.mark), 'mark')]),
    ...lines.map((line, index) => drawn(line, line.style ?? index, x, y, plot)),
    text((frame.left + width - frame.right) / 2, height - 8, plot.xLabel, 'middle'),
    `<g transform="translate(14 ${String((height - frame.bottom) / 2)}) rotate(-90)">`,
    `${text(0, 0, plot.yLabel, 'middle')}</g></svg>`,
  ].join('\n');
}

/** The names of the lines with how they are drawn, for below a plot. */
export function legendHtml(lines: readonly Line[]): string {
  const items = lines.map(({ label, style }, place) => {
    const index = style ?? place;
    const sample = `<path class="line ${lookOf(index)}" d="M1 8H31"/>${shape(index, 16, 8)}`;
    return `<li><svg class="sample" viewBox="0 0 32 16" aria-hidden="true">${sample}</svg>${escaped(label)}</li>`;
  });
  return `<ul class="legend">${items.join('')}</ul>`;
}

function drawn({ label, points }: Line, index: number, x: Axis, y: Axis, { xText, yText }: Plot): string {
  const places = points.map(([px, py]) => [x.at(px), y.at(py)] as const);
  const path = places.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${round(px)} ${round(py)}`).join('');
  const marks = points.map(([px, py], at) => {
    const [cx = 0, cy = 0] = places[at] ?? [];
    return `<g><title>${escaped(`${label}, ${xText(px)}: ${yText(py)}`)}</title>${shape(index, cx, cy)}</g>`;
  });
  return `<g class="series"><path class="line ${lookOf(index)}" d="${path}"/>${marks.join('')}</g>`;
}

function lookOf(index: number): string {
  return `colour-${String(index % colours)} dashes-${String(Math.floor(index / colours) % 3)}`;
}

function shape(index: number, x: number, y: number): string {
  const [cx, cy] = [round(x), round(y)];
  const name = `dot colour-${String(index % colours)}`;
  switch (shapes[index % shapes.length]) {
    case 'square':
      return `<rect class="${name}" x="${round(x - 3)}" y="${round(y - 3)}" width="6" height="6"/>`;
    case 'diamond':
      return `<path class="${name}" d="M${cx} ${round(y - 4)}l4 4-4 4-4-4z"/>`;
    case 'triangle':
      return `<path class="${name}" d="M${cx} ${round(y - 4)}l4 7h-8z"/>`;
    default:
      return `<circle class="${name}" cx="${cx}" cy="${cy}" r="3"/>`;
  }
}

function verticalTick(x: number, label: string): string {
  const line = `<path class="grid" d="M${round(x)} ${String(frame.top)}V${String(height - frame.bottom)}"/>`;
  return line + text(x, height - frame.bottom + 16, label, 'middle');
}

function horizontalTick(y: number, label: string): string {
  return across(y, 'grid') + text(frame.left - 6, y + 4, label, 'end');
}

function across(y: number, name: string): string {
  return `<path class="${name}" d="M${String(frame.left)} ${round(y)}H${String(width - frame.right)}"/>`;
}

function text(x: number, y: number, content: string, anchor: 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** A tick's number without its zeros: `10 ms`, not `10.0 ms`. */
function bare(label: string): string {
  return label.replace(/(\.\d*?)0+(?!\d)/, '$1').replace(/\.(?!\d)/, '');
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
