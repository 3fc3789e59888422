/**
 * From a checked specification to a running job in a mesh: bundle, plan, sandboxes. Everything made here is unmade when
 * the job is over, or when one of the steps fails.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Intercommunicator } from '../../runtime/attached.ts';
import { outputChunkBytes } from '../../runtime/core/limits.ts';
import type { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { Bootstrap } from '../../runtime/sandbox/bootstrap.ts';
import type { Backend } from '../backends/backend.ts';
import type { Bundle } from '../bundle/bundle-program.ts';
import { connectorsFor } from '../connectors/connectors-for.ts';
import type { JobConnectors } from '../connectors/job-connectors.ts';
import { type JobSpec, sizeOf } from '../job-spec.ts';
import { attach, parentAt } from './attachment.ts';
import type { Cause } from './cause.ts';
import { RunningJob } from './job.ts';
import { type JobArea, makeArea, removeArea } from './job-area.ts';
import { Member } from './member.ts';
import { Mesh } from './mesh.ts';
import { pathsOf, slowerLine } from './paths.ts';
import type { FreeNumbers } from './placement.ts';
import { type Connectors, listenerFor, type Plan, planOf, stdinRanks } from './plan.ts';
import type { JobResult, JobSinks } from './result.ts';
import { Spawner } from './spawner.ts';
import { bundleFor, type Ground, startSandbox } from './start-sandbox.ts';
import { Timeline } from './timeline.ts';

/** A started job. */
export interface JobHandle {
  readonly id: string;
  /** The ranks, as the launching program sees them where it is in their mesh. */
  readonly ranks: Intercommunicator | null;
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
  /** By which other jobs of the mesh find it; its identifier when left out. */
  readonly name?: string;
  /** Whether the launching program joins the mesh as the parent of the ranks. */
  readonly attach?: boolean;
  /** Aborted when the job is not wanted any more, before it runs. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a job in a mesh of its own. Rejects, with nothing left behind, when a program cannot be bundled (BundleError)
 * or a part of the machinery cannot be set up; from then on every failure is the result's.
 */
export async function startJob(spec: JobSpec, sinks: JobSinks, parts: JobParts = {}): Promise<JobHandle> {
  const tell = (text: string): void => sinks.event({ type: 'notice', text });
  const startedMs = performance.now();
  const mesh = await Mesh.open({ backend: parts.backend ?? spec.backend, isOpen: false, tell });
  return await startInMesh(mesh, spec, sinks, { ...parts, startedMs, isLast: true });
}

/** How a job comes into its mesh. */
interface Entry extends JobParts {
  /** `performance.now()` when it was asked for. */
  readonly startedMs: number;
  /** The mesh ends with it. */
  readonly isLast: boolean;
}

/** The same in a mesh that is there. */
export async function startInMesh(mesh: Mesh, spec: JobSpec, sinks: JobSinks, entry: Entry): Promise<JobHandle> {
  const timeline = new Timeline();
  const undo: (() => Promise<void>)[] = entry.isLast ? [() => mesh.close()] : [];
  try {
    const number = mesh.nextJob();
    const area = makeArea(mesh.directory, number);
    if (!entry.isLast) undo.push(() => removeArea(area));
    // Side by side: a backend tries out a sandbox, in processes of its own, and bundling takes one core for a while.
    const choosing = mesh.backend;
    const bundling = Promise.all(
      spec.programs.map(({ script }, index) => bundleFor(spec, script, join(area.bundles, String(index)))),
    );
    const checking = listenerFor(spec);
    const jobId = randomBytes(4).toString('hex');
    const connecting = connectorsFor(spec, { mesh, number, jobId, entry, sinks, others: [bundling, choosing] });
    const [bundled, chosen, connected] = await Promise.allSettled([bundling, choosing, connecting]);
    const opened = connected.status === 'fulfilled' ? connected.value : null;
    if (opened !== null) undo.push(() => opened.close());
    if (bundled.status === 'rejected') throw bundled.reason;
    if (chosen.status === 'rejected') throw chosen.reason;
    if (connected.status === 'rejected') throw connected.reason;
    timeline.mark('bundled');
    const made = {
      jobId,
      connectors: connected.value,
      area,
      number,
      backend: chosen.value,
      bundles: bundled.value,
      listener: await checking,
    };
    return await begin(mesh, spec, sinks, { ...made, entry, undo, timeline });
  } catch (error) {
    await unmake(undo);
    throw error;
  }
}

/** What a job begins with. */
interface Made {
  readonly area: JobArea;
  readonly number: number;
  readonly jobId: string;
  readonly connectors: JobConnectors | null;
  readonly backend: Backend;
  readonly bundles: readonly Bundle[];
  readonly listener: Bootstrap['listener'];
  readonly entry: Entry;
  readonly undo: (() => Promise<void>)[];
  readonly timeline: Timeline;
}

async function begin(mesh: Mesh, spec: JobSpec, sinks: JobSinks, made: Made): Promise<JobHandle> {
  const { area, backend, listener, entry, undo, timeline } = made;
  const { plan, attached, connectors } = await planned(mesh, spec, sinks, made);
  const job = new RunningJob({
    id: plan.jobId,
    places: plan.places,
    attached,
    mayDeliver: mesh.isOpen || attached !== null,
    onFailure: spec.onFailure,
    timeoutMs: spec.timeoutMs,
    elapsedMs: performance.now() - entry.startedMs,
    sinks,
    timeline,
  });
  const { number } = made;
  const member = new Member({ name: entry.name ?? job.id, number, job, attached, done: () => done });
  mesh.enter(member);
  undo.push(() => mesh.leave(member));
  const service = await mesh.service;
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal); // every sandbox listens, however many there are
  const ground = { spec, mesh, area, listener, backend, job, connectors, signal: stopped.signal };
  const spawner = new Spawner({ ...ground, member, service, first: plan });
  undo.push(() => spawner.settled());
  job.serve(service, {
    asked: (ask) => {
      spawner.asked(ask);
    },
    over: (rank) => {
      spawner.over(rank);
      mesh.rankGone(rank);
    },
  });
  mesh.expect(member, [...plan.places.map(({ index }) => index), ...(attached === null ? [] : [attached.sandbox])]);
  service.expect(plan.expected, plan.links);
  const attachment = attached === null ? null : await attach(attached, plan, { spec, mesh, service });
  if (attachment !== null) undo.push(() => attachment.close());
  timeline.mark('prepared');
  const done = runToEnd({ ...ground, plan, timeline, sinks, undo, stopped, member });
  feedTo(job, { spec, plan, service, signal: stopped.signal, stdin: entry.stdin });
  // Before the ranks run there is nobody to talk to.
  if (attachment !== null) await running(job, done, entry.signal);
  return {
    id: job.id,
    done,
    ranks: attachment?.ranks ?? null,
    end: (cause) => job.end(cause),
    kill: () => job.killAll(),
  };
}

/** The parts of a job, and where its launching program is beside them, if it is. */
async function planned(
  mesh: Mesh,
  spec: JobSpec,
  sinks: JobSinks,
  { area, backend, bundles, listener, entry, number, jobId, connectors: opened }: Made,
): Promise<{ plan: Plan; attached: FreeNumbers | null; connectors: Connectors | null }> {
  const size = sizeOf(spec.programs);
  const free = mesh.take(size, Math.ceil(size / spec.ranksPerSandbox));
  const attached = entry.attach === true ? mesh.take(1, 1) : null;
  const paths = pathsOf(spec, backend, area);
  if (paths.lost !== null) sinks.event({ type: 'notice', text: slowerLine(paths.lost) });
  // A rank uses its links itself only where all that there will be at its start are those of its world.
  const isFirst = number === 0 && attached === null;
  const own = isFirst ? paths : { ...paths, bareLinks: null };
  const connectors = opened === null ? null : { of: opened, firstRank: free.rank };
  const means = { mesh, jobId, area, listener, bundles, paths: own, free, ranksBefore: mesh.ranks, connectors };
  const plan = planOf(spec, attached === null ? means : { ...means, parent: parentAt(attached) });
  for (const path of [area.bundles, area.memory]) await mesh.directory.hand(path);
  return { plan, attached, connectors };
}

interface Running extends Ground {
  readonly plan: Plan;
  readonly timeline: Timeline;
  readonly sinks: JobSinks;
  readonly undo: readonly (() => Promise<void>)[];
  readonly stopped: AbortController;
  readonly member: Member;
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

/** Resolves when the ranks run, or are over; the signal ends the job meanwhile, for its handle is nobody's yet. */
async function running(job: RunningJob, done: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const end = (): void => {
    job.end({ kind: 'killed', reason: 'the launching program aborted the job' });
  };
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted === true) end();
  await Promise.race([job.running, done]);
  signal?.removeEventListener('abort', end);
}

interface Feeding {
  readonly spec: JobSpec;
  readonly plan: Plan;
  readonly service: RendezvousService;
  readonly signal: AbortSignal;
  readonly stdin: StdinSource | undefined;
}

/** Before it runs, a rank has nobody who could take its input. */
function feedTo(job: RunningJob, { spec, plan, service, signal, stdin }: Feeding): void {
  if (stdin === undefined) return;
  const ranks = stdinRanks(spec.stdin, plan.size, plan.places[0]?.firstRank ?? 0);
  job.running
    .then(() => feed(stdin, ranks, service, signal))
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      job.end({ kind: 'launch', detail: `standard input cannot be read: ${why}` });
    });
}

/** Passes standard input on, piece by piece, to each of its ranks; a rank that is gone no longer counts. */
async function feed(
  source: StdinSource,
  all: readonly number[],
  service: RendezvousService,
  signal: AbortSignal,
): Promise<void> {
  let ranks = all;
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
