/**
 * Where the ranks of a communicator lie when they lie in more than one segment. Every rank knows it of all, from what
 * the launcher told all alike, so that all choose the same way for a call.
 */
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import { Team } from './team.ts';

export interface Levels {
  /** First rank of each segment, in order: those of one segment follow each other. */
  readonly starts: readonly number[];
  /** Ranks of the communicator. */
  readonly size: number;
  /** Which segment this rank is in. */
  readonly segment: number;
  /** The ranks there; null where this rank is alone. */
  readonly team: Team | null;
}

/** Null where all share one segment, or nobody shares one. */
export function levelsOf(engine: Engine, group: Group): Levels | null {
  const { segmentStarts: starts } = engine.context;
  // Other communicators than the world have no area to meet in.
  if (group.context !== 0 || starts.length <= 1 || starts.length === group.size) return null;
  const segment = starts.findLastIndex((start) => start <= group.rank);
  const first = starts[segment] ?? 0;
  const size = (starts[segment + 1] ?? group.size) - first;
  const team = size === 1 ? null : new Team(engine, group, engine.host.areaOffset, { first, size });
  return { starts, size: group.size, segment, team };
}
