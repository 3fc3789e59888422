/** Words of error messages. */
import { formatName, formatOf } from './element-type.ts';

/** A value: its kind, and what it is where that is short. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'bigint') return `${String(value)}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const format = formatOf(value);
  if (format !== 0) return withArticle(formatName(format));
  if (!Array.isArray(value)) return 'an object';
  return value.length === 0 ? 'an empty list' : `a list of ${String(value.length)}`;
}

/** `an Int8Array`, `a Float64Array`. */
export function withArticle(name: string): string {
  return `${/^[AEIO]/iu.test(name) ? 'an' : 'a'} ${name}`;
}

/** `1 rank`, `2 ranks`. */
export function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
