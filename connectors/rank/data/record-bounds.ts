/**
 * Where records begin in the middle of a file of lines. In CSV a line's end may be text within quotes, and nobody who
 * begins in the middle knows on which side of a quote that is: so both are followed until one of them is no CSV
 * (RFC 4180, section 2), as in Ge et al., «Speculative Distributed CSV Data Parsing for Big Data Analytics», SIGMOD
 * 2019.
 * It ends, because no record is longer than `recordBytesMax`.
 */

export const recordBytesMax = 1024 * 1024;

export const [newline, quote] = [10, 34];
const [comma, carriage] = [44, 13];

/** At the start of a field, in one without quotes, in one with quotes, behind a quote in it. */
type State = 'start' | 'plain' | 'quoted' | 'closed';

/** One way to read what was seen. */
interface Reading {
  state: State;
  /** Behind the first end of a record, at or after the place that was asked for. */
  bound: number | null;
}

function after(state: State, byte: number): State | null {
  switch (state) {
    case 'start':
      return byte === quote ? 'quoted' : byte === comma || byte === newline ? 'start' : 'plain';
    case 'plain':
      return byte === quote ? null : byte === comma || byte === newline ? 'start' : 'plain';
    case 'quoted':
      return byte === quote ? 'closed' : 'quoted';
    case 'closed':
      if (byte === quote) return 'quoted';
      return byte === comma || byte === newline ? 'start' : byte === carriage ? 'closed' : null;
  }
}

/** Where reading goes on: between quotes, nothing decides between text within quotes and a bound that is found. */
function toNextQuote(
  readings: readonly Reading[],
  bytes: Uint8Array,
  { index, length }: { readonly index: number; readonly length: number },
): number {
  const [found, other] = readings.filter(({ state }) => state !== 'quoted');
  if (readings.length !== 2 || found === undefined || other !== undefined) return index;
  if (found.bound === null || found.state === 'closed') return index;
  const at = bytes.indexOf(quote, index);
  const next = at === -1 || at >= length ? length - 1 : at;
  if (next > index) found.state = bytes[next - 1] === comma || bytes[next - 1] === newline ? 'start' : 'plain';
  return next;
}

/**
 * Finds where the first record begins that does so behind position `at` - 1 of a file of CSV, from the bytes that begin
 * there. `'more'`: bytes that follow are needed; null: it cannot be told.
 */
export function csvBound(bytes: Uint8Array, at: number, isEnd: boolean): number | 'more' | null {
  let readings: Reading[] = (['start', 'plain', 'quoted', 'closed'] as const).map((state) => ({ state, bound: null }));
  const length = Math.min(bytes.byteLength, recordBytesMax);
  for (let index = 0; index < length; index += 1) {
    index = toNextQuote(readings, bytes, { index, length });
    const byte = bytes[index] ?? 0;
    const next = new Map<string, Reading>();
    for (const { state, bound } of readings) {
      const then = after(state, byte);
      if (then === null) continue;
      const ends = byte === newline && then === 'start';
      const reading = { state: then, bound: bound ?? (ends ? at + index : null) };
      next.set(`${then} ${String(reading.bound)}`, reading);
    }
    readings = [...next.values()];
    const [one] = readings;
    if (one === undefined) return null;
    if (one.bound !== null && readings.every(({ bound }) => bound === one.bound)) return one.bound;
  }
  if (length < recordBytesMax && !isEnd) return 'more';
  // A file does not end within quotes, and no record is so long.
  const left = readings.filter(({ state, bound }) => (length < recordBytesMax ? state !== 'quoted' : bound !== null));
  const end = at - 1 + bytes.byteLength;
  const bounds = new Set(left.map(({ bound }) => bound ?? end));
  return bounds.size === 1 ? ([...bounds][0] ?? null) : null;
}
