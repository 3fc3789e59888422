/**
 * What this project aims at, by measurement (docs/BENCHMARKS.md has them in words), and whether it was reached.
 */
import { threeDigits } from './numbers.ts';
import type { Figure } from './result.ts';
import type { Comparison } from './summary.ts';

interface Target {
  readonly names: readonly string[];
  readonly peer: string;
  readonly mode?: 'sync' | 'async';
  /** Left out: any number. */
  readonly ranks?: readonly number[];
  /** Of the geometric mean over the sizes, and of the least of them. */
  readonly mean: number;
  readonly least?: number;
}

const others = ['bcast', 'reduce', 'allgather', 'alltoall', 'reduce_scatter', 'barrier', 'scan'];

const targets: readonly Target[] = [
  { names: ['allreduce'], peer: 'openmpi', mode: 'sync', mean: 2, least: 1 },
  { names: ['allreduce'], peer: 'mpi4py', mode: 'async', mean: 1.5, least: 1 },
  { names: others, peer: 'openmpi', mode: 'sync', mean: 1.2, least: 0.8 },
  { names: ['latency', 'bw'], peer: 'openmpi', mode: 'sync', mean: 1, least: 1 },
  { names: ['mbw_mr'], peer: 'mpi4py', ranks: [2], mean: 3 },
  { names: ['latency'], peer: 'openmpi-tcp', mode: 'sync', mean: 0.5 },
  { names: ['bw'], peer: 'openmpi-tcp', mode: 'sync', mean: 1 },
  { names: ['allreduce'], peer: 'openmpi-tcp', mode: 'sync', ranks: [2, 8], mean: 0.5 },
  { names: ['allreduce'], peer: 'openmpi-tcp', mode: 'sync', ranks: [32], mean: 1.5 },
  { names: ['init'], peer: 'mpi4py', mean: 1.5 },
];

/** Figures that must stay below a number. */
const limits: readonly (readonly [figure: RegExp, below: number])[] = [
  [/^of a core/, 2],
  [/beyond it/, 25],
  [/growth|slope/, 1],
];

/** How a verdict ends. */
const [reached, missed] = ['reached', 'missed'];

export function isMissed(verdict: string): boolean {
  return verdict.endsWith(missed);
}

/** `2, least 1: reached`; empty where nothing is aimed at. */
export function verdictOn({ name, ranks, way, peer, mean, least }: Comparison): string {
  const target = targets.find(
    (each) =>
      each.names.includes(name) &&
      each.peer === peer &&
      (each.mode === undefined || way.startsWith(each.mode)) &&
      (each.ranks === undefined || each.ranks.includes(ranks)),
  );
  if (target === undefined) return '';
  const isReached = mean >= target.mean && least.ratio >= (target.least ?? 0);
  const aim = `${String(target.mean)}${target.least === undefined ? '' : `, least ${String(target.least)}`}`;
  return `${aim}: ${isReached ? reached : missed}`;
}

export function verdictOnFigure({ figure, value }: Pick<Figure, 'figure' | 'value'>): string {
  const [, below] = limits.find(([pattern]) => pattern.test(figure)) ?? [];
  return below === undefined ? '' : `below ${threeDigits(below)}: ${value < below ? reached : missed}`;
}
