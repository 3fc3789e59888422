/**
 * Results of earlier benches, from what `--json` printed: measured in parts, reported as one.
 */
import { readFileSync } from 'node:fs';
import { type BenchResult, ratiosOf } from './result.ts';

/** One line that says why a file is none of ours is thrown as an Error. */
export function savedResult(file: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(error instanceof SyntaxError ? 'it is not JSON' : 'it cannot be read', { cause: error });
  }
  if (!isResult(value)) throw new Error('it is not what tsmpi bench --json prints');
  return value;
}

function isResult(value: unknown): value is BenchResult {
  if (typeof value !== 'object' || value === null || !('about' in value)) return false;
  const lists: readonly unknown[] = ['points', 'figures', 'notes'].map((key): unknown => Reflect.get(value, key));
  return lists.every((list) => Array.isArray(list));
}

/** Of at least one. What several measured comes from the last; ours stand against the peers of their own part. */
export function mergedResult(results: readonly BenchResult[]): BenchResult {
  const latest = <T extends { name: string; ranks: number }>(
    lists: readonly (readonly T[])[],
    keyOf: (item: T) => string,
  ): T[] => [
    ...new Map(lists.flat().map((item) => [`${item.name} ${String(item.ranks)} ${keyOf(item)}`, item])).values(),
  ];
  const abouts = results.map(({ about }) => about);
  return {
    about: {
      command: abouts.map(({ command }) => command).join('\n'),
      cores: Math.max(...abouts.map(({ cores }) => cores)),
      versions: [...new Set(abouts.flatMap(({ versions }) => versions))],
    },
    points: latest(
      results.map(({ points }) => points),
      ({ bytes, who, mode, memory }) => [bytes, who, mode, memory].join(' '),
    ),
    ratios: latest(
      results.map(({ points }) => ratiosOf(points)),
      ({ bytes, who, peer, mode, memory }) => [bytes, who, peer, mode, memory].join(' '),
    ),
    figures: latest(
      results.map(({ figures }) => figures),
      ({ figure, mode }) => [figure, mode].join(' '),
    ),
    notes: [...new Set(results.flatMap(({ notes }) => notes))],
    failed: results.some(({ failed }) => failed),
  };
}
