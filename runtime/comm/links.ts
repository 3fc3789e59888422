/** The links of the sandbox, where this rank uses them itself. */
import { BareLinks } from '../transport/bare/bare-links.ts';
import type { FrameTaker } from '../transport/bare/bare-reader.ts';
import type { Segment } from '../transport/segment.ts';
import type { RankContext } from './rank-context.ts';

/** Null: the agent moves all that goes to other sandboxes. */
export function linksOf(
  { bare, localIndex }: RankContext,
  segment: Segment,
  record: FrameTaker['record'],
  place: FrameTaker['place'],
): BareLinks | null {
  return bare === undefined ? null : new BareLinks(bare, segment, localIndex, { record, place });
}
