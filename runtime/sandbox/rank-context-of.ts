/** What a rank's engine stands on, from what the agent told of it. */
import type { RankContext } from '../comm/rank-context.ts';
import type { RankTask } from './rank-task.ts';

export function contextOf(task: RankTask): RankContext {
  return {
    memory: task.memory,
    localRanks: task.localRanks,
    localIndex: task.localIndex,
    host: task.host,
    hostFirstRank: task.hostFirstRank,
    segmentStarts: task.segmentStarts,
    rank: task.firstRank + task.localIndex,
    worldFirst: task.worldFirst,
    size: task.size,
    parent: task.parent,
    epoch: task.epoch,
    jobId: task.jobId,
    tuning: task.tuning,
    crowded: task.crowded,
    ...(task.bare === undefined ? {} : { bare: task.bare }),
    ...(task.connectors === undefined ? {} : { connectors: task.connectors }),
  };
}
