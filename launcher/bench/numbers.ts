/**
 * Numbers as reports show them: three digits, whatever the magnitude.
 */
import type { Point } from './result.ts';

export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 0.1 ? 2 : 4);
}

/** A time with its unit. */
export function timeText(ns: number): string {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ] as const;
  const [unit, inNs] = units.find(([, size]) => ns >= size) ?? (['ns', 1] as const);
  return `${threeDigits(ns / inNs)} ${unit}`;
}

export function microseconds(ns: number): string {
  return threeDigits(ns / 1000);
}

/** Of the messages of a stream, one after the other. */
export function megabytesPerSecond({ bytes, medianNs }: Point): number {
  return (bytes * 1000) / medianNs;
}
