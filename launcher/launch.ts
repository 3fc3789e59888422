/**
 * Starting jobs from a program: the same machinery as `tsmpirun`, without a terminal.
 */
import type { Tuning } from '../collectives/tuning.ts';
import type { Intercommunicator } from '../runtime/attached.ts';
import { isName, namesAre } from '../connectors/wire/names.ts';
import { configOf } from './config/load-config.ts';
import { connectorsSpec } from './connectors/connectors-spec.ts';
import type { JobSpec } from './job-spec.ts';
import { checkLaunch } from './launch-checks.ts';
import { handMade, type LaunchOptions, refuse, specOf, throwIfCancelled } from './launch-options.ts';
import { LineFeed, type OutputLine } from './line-feed.ts';
import { LineCutter } from './output/line-cutter.ts';
import type { JobSinks, RankExit } from './supervise/result.ts';
import { type JobHandle, type JobParts, startJob } from './supervise/start-job.ts';
import { tuningFor } from './tuning.ts';

/**
 * A running job. Disposing it ends it and waits until nothing of it is left.
 * @example
 * async function follow(job: Job): Promise<void> {
 *   for await (const { rank, line } of job.output) console.log(rank, line);
 * }
 */
export interface Job extends AsyncDisposable {
  readonly id: string;
  /** With `attach`: the ranks, as seen from here; else null. */
  readonly ranks: Intercommunicator | null;
  /** Lines of the ranks, whole and in each rank's order. One reader. */
  readonly output: AsyncIterable<OutputLine>;
  /** The exit code that `tsmpirun` would give, and how each rank ended. Never rejects. */
  readonly done: Promise<{ exitCode: number; ranks: readonly RankExit[] }>;
  /** Ends the job and resolves when nothing of it is left. */
  kill(reason?: string): Promise<void>;
}

/**
 * Starts `script` on `options.ranks` ranks, in sandboxes. A relative path counts from `cwd`.
 *
 * Resolves when the job is on its way, with `attach` when its ranks run; its end is `job.done`. Rejects with
 * ERR_ARGUMENT for options that make no sense, with ERR_CANCELLED when its signal has aborted already, and with
 * ERR_LAUNCH when the script cannot be bundled or no sandbox can be made; nothing is left then.
 *
 * @example
 * ```ts
 * import { launch } from 'tsmpi/launcher';
 * await using job = await launch('job.ts', { ranks: 4 });
 * for await (const { rank, line } of job.output) console.log(rank, line);
 * const { exitCode } = await job.done;
 * ```
 */
export async function launch(script: string | URL, options: LaunchOptions): Promise<Job> {
  checkLaunch(script, options);
  const spec = specOf(script, options);
  return launchWith(spec, options, (whole, sinks, parts) =>
    startJob(whole, sinks, { ...parts, ...handMade(options.backend) }),
  );
}

type Start = (spec: JobSpec, sinks: JobSinks, parts: JobParts) => Promise<JobHandle>;

/** Starts a job by `start`, and gives it the shape that programs see. */
export async function launchWith(spec: JobSpec, options: LaunchOptions, start: Start): Promise<Job> {
  const tuning = await programsTuning();
  const connectors = await connectorsOf(spec, options);
  throwIfCancelled(options.signal, 'launch');
  const feed = new LineFeed();
  const { stdin, attach = false } = options;
  const parts = { attach, signal: options.signal, ...(stdin === undefined ? {} : { stdin: stdin.stream }) };
  const whole = { ...spec, ...(tuning === undefined ? {} : { tuning }), ...connectors };
  const handle = await start(whole, sinksOf(feed), parts);
  const onAbort = (): void => {
    handle.end({ kind: 'killed', reason: 'the launching program aborted the job' });
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  // It may have aborted while the job started.
  if (options.signal?.aborted === true) onAbort();
  const done = handle.done.finally(() => {
    options.signal?.removeEventListener('abort', onAbort);
    feed.close();
  });
  const kill = async (reason = 'the launching program killed the job'): Promise<void> => {
    handle.end({ kind: 'killed', reason });
    await done;
  };
  return { id: handle.id, ranks: handle.ranks, output: feed, done, kill, [Symbol.asyncDispose]: () => kill() };
}

/** The folder's configuration counts where a job asks for what it grants. */
async function connectorsOf({ cwd }: JobSpec, { connectors: names = [] }: LaunchOptions): Promise<Partial<JobSpec>> {
  for (const name of names as readonly unknown[]) {
    if (!isName(name)) refuse(`connectors: ${JSON.stringify(name)} is no name`, namesAre);
  }
  const connectors = names.length === 0 ? undefined : connectorsSpec({ names }, await configOf(cwd));
  return connectors === undefined ? {} : { connectors };
}

let tuningRead: Promise<Tuning | undefined> | undefined;

/** Read once: a program that joins the meshes of several jobs chooses like all their ranks. */
function programsTuning(): Promise<Tuning | undefined> {
  tuningRead ??= tuningFor(undefined).catch((error: unknown) => {
    tuningRead = undefined;
    return refuse((error as Error).message, 'measure it again with tsmpi bench tune, or remove it');
  });
  return tuningRead;
}

/** Whole lines of each rank, into `feed`. */
function sinksOf(feed: LineFeed): JobSinks {
  const cutters = new Map<number, LineCutter>();
  const cutterOf = (rank: number, stream: 1 | 2): LineCutter => {
    const key = rank * 2 + (stream - 1);
    const cutter = cutters.get(key) ?? new LineCutter();
    cutters.set(key, cutter);
    return cutter;
  };
  const pass = (rank: number, stream: 1 | 2, lines: readonly string[]): void | Promise<void> => {
    let full: void | Promise<void> = undefined;
    for (const line of lines) full = feed.push({ rank, stream: stream === 1 ? 'stdout' : 'stderr', line });
    return full;
  };
  return {
    output: (rank, stream, bytes) => pass(rank, stream, cutterOf(rank, stream).push(bytes)),
    outputOver: (rank) => {
      void pass(rank, 1, cutterOf(rank, 1).end());
      void pass(rank, 2, cutterOf(rank, 2).end());
    },
    event: () => undefined,
  };
}
