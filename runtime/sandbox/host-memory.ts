/** Where the memory that the ranks of a sandbox share comes from. */
import { TsmpiError } from '../core/errors.ts';
import { HostSegment } from '../transport/host-segment.ts';
import type { Bootstrap } from './bootstrap.ts';

/**
 * What the ranks share: the file that all sandboxes map, or memory of this process. `alarm` wakes a rank that sleeps in
 * its sockets. Throws ERR_LAUNCH when the file cannot be mapped.
 */
export function hostSegment({ segment, sandbox, sandboxes, ranks }: Bootstrap, alarm: number | undefined): HostSegment {
  if (segment === undefined) return HostSegment.create(ranks.length, alarm);
  const first = sandboxes[0]?.index ?? 0;
  const homes = Int32Array.from(sandboxes.flatMap((place) => new Array<number>(place.ranks).fill(place.index - first)));
  try {
    return HostSegment.map({ ...segment, homes, home: sandbox - first });
  } catch (error) {
    throw new TsmpiError('ERR_LAUNCH', `the job's shared memory cannot be mapped: ${String(error)}`, {
      where: `sandbox ${String(sandbox)}`,
      remedy: 'run with --no-shared-memory',
    });
  }
}
