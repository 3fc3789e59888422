/** A rank's thread in tests: sets the rank's context as a sandbox would, then runs one exported function of a job. */
import { parentPort, workerData } from 'node:worker_threads';
import { engineHooks, type RankContext, setRankContext } from '../../runtime/comm/rank-context.ts';
import { isTsmpiError } from '../../runtime/core/errors.ts';

interface Work {
  readonly context: RankContext;
  readonly job: string;
  readonly args: unknown;
}

/** `load` gives the job's module; it must not be loaded before the context is set. */
export async function runJob(load: () => Promise<Record<string, unknown>>): Promise<void> {
  const { context, job, args } = workerData as Work;
  setRankContext(context);
  const run = (await load())[job] as (args: unknown) => unknown;
  try {
    const result: unknown = await run(args);
    engineHooks()?.drain(5_000);
    parentPort?.postMessage({ result });
  } catch (error) {
    const { name, message, stack } = error as Error;
    const details = isTsmpiError(error) ? { code: error.code, failed: error.failed } : {};
    parentPort?.postMessage({ error: { name, message, stack, ...details } });
  }
}
