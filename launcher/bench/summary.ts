/**
 * Ratios over all sizes: a line for each measurement, number of ranks, way of ours, and peer.
 */
import { oursOverMesh, type Ratio } from './result.ts';
import { geometricMean } from './statistics.ts';

export interface Comparison {
  readonly name: string;
  readonly ranks: number;
  /** `sync plain`; empty where there is only one way. */
  readonly way: string;
  readonly peer: string;
  /** Geometric mean over the sizes: above 1 we are faster. */
  readonly mean: number;
  readonly least: Ratio;
  /** By size. */
  readonly ratios: readonly Ratio[];
}

export function comparisonsOf(ratios: readonly Ratio[]): Comparison[] {
  const groups = new Map<string, Ratio[]>();
  for (const ratio of ratios) {
    const key = [ratio.name, ratio.ranks, wayOf(ratio), ratio.peer].join('|');
    groups.set(key, [...(groups.get(key) ?? []), ratio]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const least = group.reduce((one, other) => (other.ratio < one.ratio ? other : one));
    const { name, ranks, peer } = first;
    const mean = geometricMean(group.map(({ ratio }) => ratio));
    return [{ name, ranks, peer, way: wayOf(first), mean, least, ratios: group }];
  });
}

/** `sync plain`, `sync plain mesh`. */
export function wayOf({ who, mode, memory }: Pick<Ratio, 'who' | 'mode' | 'memory'>): string {
  const mesh = who === oursOverMesh ? 'mesh' : undefined;
  return [mode, memory, mesh].filter((word) => word !== undefined).join(' ');
}
