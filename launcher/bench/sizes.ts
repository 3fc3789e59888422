/**
 * Message sizes as they are written and shown: `8`, `64K`, `16M`.
 */
const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const defaultStep = 4;
/** What MPI's counts and our own tests reach. */
const bytesMax = 2 ** 30;

/** `8,1K,1M`, or a range `8:64M` of powers of 4, or `8:64M:2` of powers of 2; its end is always in it. */
export function parseSizes(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return text === '' ? [] : complete(text.split(',').map(parseSize));
  const [from, to, step = defaultStep] = text.split(':').map(parseSize);
  if (from === undefined || to === undefined || from < 1 || to < from || step < 2) return undefined;
  const sizes: number[] = [];
  for (let bytes = from; bytes < to; bytes *= step) sizes.push(bytes);
  return [...sizes, to];
}

function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN);
  return bytes <= bytesMax ? bytes : undefined;
}

function complete(sizes: readonly (number | undefined)[]): readonly number[] | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === sizes.length ? known : undefined;
}

/** `8`, `64K`, `16M`: exact, so that reports can be read back. */
export function sizeText(bytes: number): string {
  for (const unit of ['g', 'm', 'k']) {
    const factor = units[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${String(bytes / factor)}${unit.toUpperCase()}`;
  }
  return String(bytes);
}
