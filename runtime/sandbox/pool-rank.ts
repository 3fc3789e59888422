/** What a worker of the pool runs. Piscina loads the module when it makes the pool, and calls `runRank` once. */
import { PoolPort } from './pool-port.ts';
import { type Load, runRank as run } from './rank.ts';
import type { RankTask } from './rank-task.ts';

const poolPort = new PoolPort();

/** Never settles: the pool would take the worker for idle while the rank's event loop still turns. */
export function runRank(task: RankTask, load?: Load): Promise<never> {
  poolPort.release();
  return run(task, load);
}
