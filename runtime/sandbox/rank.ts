/** What a worker runs: one rank, from its start to its end, made to feel like a process. */
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { engineHooks, setRankContext } from '../comm/rank-context.ts';
import { TsmpiError } from '../core/errors.ts';
import { exitDrainTimeoutMs } from '../core/limits.ts';
import { HostSegment } from '../transport/host-segment.ts';
import { RankState } from '../transport/rank-status.ts';
import { Segment } from '../transport/segment.ts';
import { setEntries } from './entries.ts';
import { encodeReport } from './error-report.ts';
import { InputReader } from './input-reader.ts';
import { OutputWriter } from './output-writer.ts';
import { installProcessLimits } from './process-limits.ts';
import { type RankEnd, RankLife } from './rank-life.ts';
import { contextOf } from './rank-context-of.ts';
import { OutputStream, type RankTask } from './rank-task.ts';
import { installStdio } from './stdio.ts';

/** Imports a module by its URL. */
export type Load = (url: string) => Promise<unknown>;

/**
 * Runs the rank's module; to be called once. Never settles. The worker ends as a process does, when its loop is empty
 * or at `process.exit`, and says so in the segment.
 */
export async function runRank(task: RankTask, load: Load = (url) => import(url)): Promise<never> {
  const rank = task.firstRank + task.localIndex;
  const { worldFirst } = task;
  const host = HostSegment.attach(task.host);
  const segment = Segment.attach(task.memory, task.localRanks, host, task.firstRank - task.hostFirstRank);
  const tell = task.tellsForms === true ? agentsOutput() : undefined;
  setRankContext({ ...contextOf(task), tell });
  const writer = new OutputWriter(segment, task.localIndex);
  installStdio(writer, new InputReader(segment, task.localIndex, !task.stdin));
  installProcessLimits(`rank ${String(rank - worldFirst)}`);
  const life = RankLife.install(task.script, (end) => {
    finish(segment, task.localIndex, writer, end);
  });
  process.setSourceMapsEnabled(true);
  process.argv = [process.execPath, task.script, ...task.args];
  await preload();
  try {
    awaitGo(segment, task.localIndex);
    await load(pathToFileURL(task.entry).href);
  } catch (error) {
    // Out of the promise, so that it is an uncaught error as it would be in a program of its own.
    process.nextTick(() => {
      throw error;
    });
  }
  life.moduleSettled();
  return new Promise<never>(() => undefined);
}

/** Writes lines where the agent of this sandbox does. To be called while descriptor 2 is still the agent's. */
function agentsOutput(): (line: string) => void {
  const { writeSync } = fs;
  return (line) => void writeSync(2, `${line}\n`);
}

/**
 * Loads what nearly every job imports first, while the agent still joins and dials. Should it fail, the job's own
 * import fails alike, and that one is reported.
 */
async function preload(): Promise<void> {
  try {
    const [index, collectives] = await Promise.all([import('../index.ts'), import('../collectives.ts')]);
    // Where the build puts this module, in `runtime/sandbox/pool`.
    setEntries(new URL('../..', import.meta.url).href, { index, collectives });
  } catch {
    return;
  }
}

/**
 * Blocks until the agent lets the rank run; nothing of the user's has been loaded yet, so nothing has to go on. Throws
 * ERR_ABORTED when the job ends before it started.
 */
function awaitGo(segment: Segment, localIndex: number): void {
  const status = segment.status(localIndex);
  segment.sleepUntil(localIndex, () => segment.aborted || status.state !== RankState.starting);
  // One that was let run and has not noticed yet does run: its calls tell it, and it can clean up.
  if (status.state === RankState.starting)
    throw new TsmpiError('ERR_ABORTED', 'the job was ended before this rank was started');
}

/** The rank's last act. The state is written last: an agent that sees it over finds all else in place. */
function finish(segment: Segment, localIndex: number, writer: OutputWriter, end: RankEnd): void {
  // Not after an error: the job ends, and the report must not wait for a peer that computes.
  if (end.error === undefined) engineHooks()?.drain(exitDrainTimeoutMs);
  if (end.error !== undefined) writer.write(OutputStream.report, encodeReport(end.error));
  const status = segment.status(localIndex);
  status.exitCode = end.exitCode;
  status.reason = end.reason;
  status.state = RankState.over;
  segment.wake(segment.agent);
}
