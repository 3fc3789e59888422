/**
 * Runs the job of a command line to its end. Loads what a job needs, which help and refusals do not.
 */
import { fstatSync } from 'node:fs';
import { abortGraceMs } from '../../runtime/core/limits.ts';
import { isTsmpiError } from '../../runtime/core/errors.ts';
import { BundleError } from '../bundle/bundle-error.ts';
import { configOf, loadConfig } from '../config/load-config.ts';
import { connectorsSpec } from '../connectors/connectors-spec.ts';
import { backendName } from '../launch-options.ts';
import { createOutput } from '../output/create-output.ts';
import { type JobSpec, sizeOf } from '../job-spec.ts';
import type { OutputSink } from '../output/output-sink.ts';
import { exitCodeOfSignal } from '../supervise/cause.ts';
import { type JobHandle, type JobParts, startJob } from '../supervise/start-job.ts';
import { tuningFor } from '../tuning.ts';
import { Interrupts } from './interrupts.ts';
import type { RunCommand } from './parse.ts';
import { refusalExitCode } from './refusal.ts';

/**
 * The exit code of `tsmpirun`. Everything printed has been written when it resolves, unless nobody takes it any more.
 */
export async function runCommand(command: RunCommand): Promise<number> {
  const interrupts = new Interrupts((signal) => process.exit(exitCodeOfSignal(signal)));
  const tuning = await tuningFor(command.tuning).catch(wordsOf);
  if (typeof tuning === 'string') {
    return complain([`--tuning ${tuning}; measure it again with tsmpi bench tune, or give another`], refusalExitCode);
  }
  const configured = await configuredSpec(command).catch(wordsOf);
  if (typeof configured === 'string') return complain([configured], refusalExitCode);
  const spec = tuning === undefined ? configured : { ...configured, tuning };
  let job: JobHandle | undefined;
  let brokenBefore: string | undefined;
  const output = makeOutput(command, (detail) => {
    brokenBefore ??= detail;
    job?.end({ kind: 'output', detail });
  });
  if (typeof output === 'string') return complain([output], refusalExitCode);
  try {
    job = await startJob(spec, output, { ...partsOf(command), signal: interrupts.signal });
  } catch (error) {
    await output.close();
    const { received } = interrupts;
    return received === undefined ? failedStart(error) : exitCodeOfSignal(received);
  }
  const running = job;
  if (brokenBefore !== undefined) running.end({ kind: 'output', detail: brokenBefore });
  interrupts.aim({
    end: (signal) => {
      running.end({ kind: 'interrupt', signal });
    },
    kill: () => {
      running.kill();
    },
  });
  const { exitCode } = await running.done;
  // Who interrupts a job whose output nobody reads does not want to wait for it.
  await Promise.race([output.close(), interrupts.first.then(() => after(abortGraceMs))]);
  interrupts.stop();
  return exitCode;
}

/** With what the configuration of the folder adds. */
async function configuredSpec({
  spec,
  config,
  backendIsGiven,
  connectors = { names: [] },
}: RunCommand): Promise<JobSpec> {
  const loaded = config === undefined ? await configOf(spec.cwd) : await loadConfig(config);
  const { backend } = loaded.config;
  const wanted = connectorsSpec(connectors, loaded);
  return {
    ...spec,
    ...(backendIsGiven || backend === undefined ? {} : { backend: backendName(backend) }),
    ...(wanted === undefined ? {} : { connectors: wanted }),
  };
}

/** The sink, or why it cannot be made. */
function makeOutput(command: RunCommand, broken: (detail: string) => void): OutputSink | string {
  const { stdout, stderr, env } = process;
  const { output, spec, verbosity, timeline } = command;
  try {
    return createOutput({
      ...output,
      ranks: sizeOf(spec.programs),
      stdout,
      stderr,
      isOneFile: isOneFile(stdout.fd, stderr.fd),
      sanitize: { stdout: stdout.isTTY, stderr: stderr.isTTY },
      verbosity,
      progress: stderr.isTTY && output.mode !== 'json' && env['TERM'] !== 'dumb',
      timeline,
      broken,
    });
  } catch (error) {
    return `--output-dir ${output.directory ?? ''}: ${wordsOf(error)}; name a folder that you may write in`;
  }
}

/** True also for `2>&1` onto a pipe. A descriptor that cannot be looked at is nobody's. */
function isOneFile(one: number, other: number): boolean {
  try {
    const [first, second] = [fstatSync(one), fstatSync(other)];
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return false;
  }
}

function partsOf({ spec }: RunCommand): JobParts {
  return spec.stdin === 'none' ? {} : { stdin: standardInput() };
}

/** A terminal that goes away, or a closed descriptor, is the end of the input. */
async function* standardInput(): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const bytes of process.stdin) yield bytes as Uint8Array;
  } catch {
    return;
  }
}

/** Nothing has been started, or nothing of it is left. */
function failedStart(error: unknown): number {
  if (error instanceof BundleError) return complain(error.lines, refusalExitCode);
  return complain([isTsmpiError(error) ? error.message : `internal error: ${wordsOf(error)}`], 1);
}

function complain(lines: readonly string[], exitCode: number): number {
  process.stderr.write(`tsmpirun: ${lines.join('\n')}\n`);
  return exitCode;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function after(delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
}
