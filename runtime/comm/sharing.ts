/**
 * What the ranks of a communicator share: all of them one segment, or several, or nothing. Every rank knows where all
 * lie, from what the launcher told all alike, so that all choose the same way for a call.
 */
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import { Team } from './team.ts';

/** Ranks that follow each other in a communicator and lie in one segment. */
export interface Run {
  readonly first: number;
  readonly size: number;
}

/** Where the ranks of a communicator lie when they lie in more than one segment. */
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

export interface Sharing {
  readonly team: Team | null;
  readonly levels: Levels | null;
}

/** What a communicator stands on. */
export interface Formed {
  readonly group: Group;
  readonly sharing: Sharing;
  /** In a grid: see `CollectiveCall`. */
  readonly neighbours?: readonly number[];
}

const nothing: Sharing = { team: null, levels: null };

/** The segment of a rank of the world: its place in the list of their first ranks. */
export function segmentOf(segmentStarts: readonly number[], world: number): number {
  return segmentStarts.findLastIndex((start) => start <= world);
}

/**
 * The runs of ranks that can meet in shared memory, in order. None where nobody shares any, or where the order of the
 * communicator mixes ranks of several segments: its calls then go by messages.
 */
export function runsOf(segmentStarts: readonly number[], members: readonly number[]): readonly Run[] {
  const runs: { first: number; size: number }[] = [];
  const seen = new Set<number>();
  let before = -1;
  for (const [rank, world] of members.entries()) {
    const segment = segmentOf(segmentStarts, world);
    const last = runs[runs.length - 1];
    if (segment === before && last !== undefined) {
      last.size += 1;
    } else if (seen.has(segment)) {
      return [];
    } else {
      seen.add(segment);
      runs.push({ first: rank, size: 1 });
    }
    before = segment;
  }
  return runs.length === members.length ? [] : runs;
}

/** `area`: where this rank's run meets; 0 where it is alone. */
export function sharingOf(engine: Engine, group: Group, area: number): Sharing {
  const runs = group.isMixed ? [] : runsOf(engine.context.segmentStarts, group.members);
  const segment = runs.findLastIndex(({ first }) => first <= group.rank);
  const run = runs[segment];
  if (run === undefined) return nothing;
  const team = run.size === 1 ? null : new Team(engine, group, area, run);
  if (runs.length === 1) return { team, levels: null };
  return { team: null, levels: { starts: runs.map(({ first }) => first), size: group.size, segment, team } };
}
