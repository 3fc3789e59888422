/** Every collective, for `installCollectives`. */

import type { CollectiveDefinition } from '../runtime/comm/install.ts';
import { allgather } from './calls/allgather.ts';
import { allreduce } from './calls/allreduce.ts';
import { allreduceLocation } from './calls/allreduce-location.ts';
import { alltoall } from './calls/alltoall.ts';
import { barrier } from './calls/barrier.ts';
import { broadcast } from './calls/broadcast.ts';
import { gather } from './calls/gather.ts';
import { neighborAllgather, neighborAlltoall } from './calls/neighbors.ts';
import { reduceScatter } from './calls/reduce-scatter.ts';
import { reduce } from './calls/reduce.ts';
import { exscan, scan } from './calls/scan.ts';
import { scatter } from './calls/scatter.ts';
import { sumExact } from './calls/sum-exact.ts';
import { useCores } from './choose.ts';
import { telling } from './noted.ts';
import { tuningOf, useTuning } from './tuning.ts';

export const collectiveMethods: readonly CollectiveDefinition[] = [
  barrier,
  broadcast,
  reduce,
  allreduce,
  sumExact,
  allreduceLocation,
  gather,
  allgather,
  scatter,
  alltoall,
  reduceScatter,
  scan,
  exscan,
];

/** Those of grids. */
export const neighborMethods: readonly CollectiveDefinition[] = [neighborAlltoall, neighborAllgather];

/** The same for a rank that is told of its machine, of a tuning, or whom to tell which form of each runs. */
export function collectivesFor({
  tuning,
  crowded,
  tell,
}: {
  readonly tuning?: object | undefined;
  readonly crowded?: boolean | undefined;
  readonly tell?: ((line: string) => void) | undefined;
}): readonly CollectiveDefinition[] {
  useCores(crowded === true);
  if (tuning !== undefined) useTuning(tuningOf(tuning));
  return tell === undefined ? collectiveMethods : telling(collectiveMethods, tell);
}
