/**
 * The values of options: numbers, sizes, times, choices. Each function takes the option as the user wrote it, for the
 * refusal, and the text of its value.
 */
import { nearest } from './nearest.ts';
import { refuse } from './refusal.ts';

/** A sandbox of one rank needs about 100 MiB before the job asks for any: less than this could not even start. */
const memoryMiBMin = 64;
/** A cgroup's shortest slice is 1 ms in 100 ms. */
const cpusMin = 0.01;
const cpusMax = 4096;
/** What `setTimeout` can wait for: 24.8 days. */
const timeoutMsMax = 2 ** 31 - 1;

const unitsMiB: Readonly<Record<string, number>> = { k: 2 ** -10, m: 1, g: 2 ** 10, t: 2 ** 20 };
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A whole number in decimal digits, from `least` to `most`. */
export function wholeNumber(option: string, text: string, least: number, most: number, example: string): number {
  const instead = `give a number from ${String(least)} to ${String(most)}, for example ${example}`;
  if (!/^[+-]?\d+$/.test(text)) return refuse(`${option} ${text}`, 'not a whole number', instead);
  const number = Number(text);
  if (number < least) return refuse(`${option} ${text}`, `must be at least ${String(least)}`, instead);
  if (number > most) return refuse(`${option} ${text}`, `must be at most ${String(most)}`, instead);
  return number;
}

/**
 * `512M`, `2G`, `1.5GiB` in MiB. A bare number is refused: of megabytes and gigabytes the wrong one would be guessed.
 */
export function memorySize(option: string, text: string): number {
  const instead = 'write a size with its unit, for example 512M or 2G';
  const match = /^(\d+(?:\.\d+)?)([kmgt])(?:i?b)?$/i.exec(text);
  if (match === null) {
    const why = /^\d+(?:\.\d+)?$/.test(text) ? 'a size without a unit' : 'not a size';
    return refuse(`${option} ${text}`, why, instead);
  }
  const sizeMiB = Math.floor(Number(match[1]) * (unitsMiB[match[2]?.toLowerCase() ?? ''] ?? 0));
  if (sizeMiB < memoryMiBMin) {
    const why = `a sandbox cannot start in less than ${String(memoryMiBMin)}M`;
    return refuse(`${option} ${text}`, why, `give at least ${String(memoryMiBMin)}M; 512M is a good start`);
  }
  if (!Number.isSafeInteger(sizeMiB * 2 ** 20))
    return refuse(`${option} ${text}`, 'more than any machine has', instead);
  return sizeMiB;
}

/** `30s`, `5m`, `1h`, `500ms`, or plain seconds, in milliseconds. */
export function duration(option: string, text: string): number {
  const instead = 'write a time such as 30s, 5m or 1h; a plain number counts seconds';
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/i.exec(text);
  if (match === null) return refuse(`${option} ${text}`, 'not a time', instead);
  const timeMs = Math.round(Number(match[1]) * (unitsMs[match[2]?.toLowerCase() ?? 's'] ?? 0));
  if (timeMs < 1) return refuse(`${option} ${text}`, 'the job would end before it starts', instead);
  if (timeMs > timeoutMsMax) return refuse(`${option} ${text}`, 'longer than a timer can wait, 24 days', instead);
  return timeMs;
}

/** Cores, fractions allowed. */
export function coreCount(option: string, text: string): number {
  const instead = 'give the cores of each sandbox, for example 2 or 0.5';
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text)) return refuse(`${option} ${text}`, 'not a number', instead);
  const cpus = Number(text);
  if (cpus < cpusMin) return refuse(`${option} ${text}`, `must be at least ${String(cpusMin)}`, instead);
  if (cpus > cpusMax) return refuse(`${option} ${text}`, `must be at most ${String(cpusMax)}`, instead);
  return cpus;
}

/** One of a few words. */
export function choice<const T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const guess = nearest(text, words);
  const known = words.join(' or ');
  const instead = guess === undefined ? `it takes ${known}` : `did you mean ${guess}? It takes ${known}`;
  return refuse(`${option} ${text}`, 'unknown value', instead);
}
