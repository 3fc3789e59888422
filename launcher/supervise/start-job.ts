/**
 * From a checked specification to a running job: bundle, job directory, rendezvous, sandboxes. Everything made here is
 * unmade when the job is over, or when one of the steps fails.
 */
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { outputChunkBytes } from '../../runtime/core/limits.ts';
import { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { Backend } from '../backends/backend.ts';
import { createBackend } from '../backends/create-backend.ts';
import { createJobDirectory, type JobDirectory } from '../job-directory.ts';
import { type JobSpec, sizeOf } from '../job-spec.ts';
import type { Cause } from './cause.ts';
import { RunningJob } from './job.ts';
import { thisPackage } from './package-root.ts';
import { pathsOf, slowerLine } from './paths.ts';
import { firstEpoch, listenerFor, type MeshKeys, newMeshKeys, type Plan, planOf, stdinRanks } from './plan.ts';
import type { JobResult, JobSinks } from './result.ts';
import { Spawner } from './spawner.ts';
import { bundleFor, type Ground, startSandbox } from './start-sandbox.ts';
import { Timeline } from './timeline.ts';

/** A started job. */
export interface JobHandle {
  readonly id: string;
  /** Resolves when nothing of the job is left. Never rejects. */
  readonly done: Promise<JobResult>;
  /** Ends the job; its ranks get a short grace. Only the first cause counts. */
  end(cause: Cause): void;
  /** Kills every sandbox at once. */
  kill(): void;
}

/** Where the bytes for the ranks' standard input come from. */
export type StdinSource = AsyncIterable<Uint8Array | string>;

/** What a job may be given beyond its specification. */
export interface JobParts {
  readonly stdin?: StdinSource;
  /** Instead of the one that the specification names; it stays its owner's and is not disposed of. */
  readonly backend?: Backend;
}

/**
 * Starts a job. Rejects, with nothing left behind, when a program cannot be bundled (BundleError) or a part of the
 * machinery cannot be set up; from then on every failure is the result's.
 */
export async function startJob(spec: JobSpec, sinks: JobSinks, parts: JobParts = {}): Promise<JobHandle> {
  const startedMs = performance.now();
  const timeline = new Timeline();
  const directory = await createJobDirectory();
  const undo: (() => Promise<void>)[] = [() => directory.dispose()];
  try {
    // Side by side: a backend tries out a sandbox, in processes of its own, and bundling takes one core for a while.
    const choosing = parts.backend ?? namedBackend(spec, directory, sinks, undo);
    const bundling = Promise.all(
      spec.programs.map(({ script }, index) => bundleFor(spec, script, join(directory.bundleDirectory, String(index)))),
    );
    const checking = listenerFor(spec);
    const [bundled, chosen] = await Promise.allSettled([bundling, choosing]);
    if (bundled.status === 'rejected') throw bundled.reason;
    if (chosen.status === 'rejected') throw chosen.reason;
    const [bundles, backend] = [bundled.value, chosen.value];
    timeline.mark('bundled');
    const paths = pathsOf(spec, backend, directory);
    if (paths.lost !== null) sinks.event({ type: 'notice', text: slowerLine(paths.lost) });
    const keys = newMeshKeys(await checking, sizeOf(spec.programs));
    const plan = planOf(spec, { keys, directory, bundles, paths, free: { rank: 0, sandbox: 0 } });
    const job = new RunningJob({
      id: plan.jobId,
      places: plan.places,
      onFailure: spec.onFailure,
      timeoutMs: spec.timeoutMs,
      elapsedMs: performance.now() - startedMs,
      sinks,
      timeline,
    });
    const service = await startService(directory, keys, plan, job);
    undo.push(() => service.close());
    const stopped = new AbortController();
    setMaxListeners(0, stopped.signal); // every sandbox listens, however many there are
    const ground = { spec, directory, backend, job, signal: stopped.signal };
    const spawner = new Spawner({ ...ground, keys, service, first: plan });
    undo.push(() => spawner.settled());
    job.serve(service, spawner);
    timeline.mark('prepared');
    const done = runToEnd({ ...ground, plan, timeline, sinks, undo, stopped });
    const { stdin } = parts;
    // Before it runs, a rank has nobody who could take its input.
    if (stdin !== undefined) {
      const feeding = job.running.then(() => feed(stdin, spec, plan.size, service, stopped.signal));
      feeding.catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        job.end({ kind: 'launch', detail: `standard input cannot be read: ${why}` });
      });
    }
    return { id: job.id, done, end: (cause) => job.end(cause), kill: () => job.killAll() };
  } catch (error) {
    await unmake(undo);
    throw error;
  }
}

function startService(
  { rendezvousPath: address }: JobDirectory,
  { meshId }: MeshKeys,
  { links, expected: sandboxes }: Plan,
  job: RunningJob,
): Promise<RendezvousService> {
  const tsmpiVersion = thisPackage().version;
  return RendezvousService.start({ address, meshId, epoch: firstEpoch, tsmpiVersion, links, sandboxes }, job);
}

async function namedBackend(
  spec: JobSpec,
  directory: JobDirectory,
  sinks: JobSinks,
  undo: (() => Promise<void>)[],
): Promise<Backend> {
  const tell = (text: string): void => sinks.event({ type: 'notice', text });
  const { backend, notice } = await createBackend(spec.backend, { jobDirectory: directory, log: tell });
  undo.push(async () => backend[Symbol.asyncDispose]());
  if (notice !== undefined) tell(notice);
  return backend;
}

interface Running extends Ground {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly sinks: JobSinks;
  readonly undo: readonly (() => Promise<void>)[];
  readonly stopped: AbortController;
}

async function runToEnd(running: Running): Promise<JobResult> {
  const { job, plan, timeline, sinks } = running;
  await Promise.all(plan.places.map((place) => startSandbox(place, plan, running)));
  timeline.mark('started');
  await job.sandboxes.allGone;
  running.stopped.abort();
  await unmake(running.undo, (text) => sinks.event({ type: 'notice', text }));
  timeline.mark('ended');
  const result = job.finish();
  sinks.event({ type: 'timeline', entries: timeline.entries(), lines: timeline.lines() });
  return result;
}

/** Passes standard input on, piece by piece, to each of its ranks; a rank that is gone no longer counts. */
async function feed(
  source: StdinSource,
  spec: JobSpec,
  size: number,
  service: RendezvousService,
  signal: AbortSignal,
): Promise<void> {
  let ranks = stdinRanks(spec.stdin, size);
  const give = async (bytes: Uint8Array | null): Promise<void> => {
    const taken = await Promise.all(ranks.map((rank) => service.stdin(rank, bytes)));
    ranks = ranks.filter((_, at) => taken[at] === true);
  };
  for await (const piece of source) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    for (let at = 0; at < bytes.byteLength; at += outputChunkBytes) {
      await give(bytes.subarray(at, at + outputChunkBytes));
      if (signal.aborted || ranks.length === 0) return;
    }
  }
  await give(null);
}

/** Undoes the steps of the start, the last one first. A step that fails is told, and the others still happen. */
async function unmake(undo: readonly (() => Promise<void>)[], tell?: (text: string) => void): Promise<void> {
  for (const step of [...undo].reverse()) {
    try {
      await step();
    } catch (error) {
      tell?.(`tsmpirun: while cleaning up: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
