/** Runs programs as ranks of one sandbox without a launcher: the least an agent can do, for tests of the ranks. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeReport } from '../../runtime/sandbox/error-report.ts';
import { Gang } from '../../runtime/sandbox/gang.ts';
import { EndReason, type ErrorReport, OutputStream } from '../../runtime/sandbox/rank-task.ts';
import type { WorkerEnd } from '../../runtime/sandbox/workers.ts';
import { RankState } from '../../runtime/transport/rank-status.ts';
import { Segment } from '../../runtime/transport/segment.ts';

/** What became of one rank. */
export interface RankResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly report: ErrorReport | undefined;
  /** Undefined when the worker died without recording an end. */
  readonly exitCode: number | undefined;
  readonly reason: EndReason | undefined;
  readonly workerEnd: WorkerEnd;
}

export interface MiniAgentOptions {
  readonly extension?: 'mjs' | 'cjs';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly heapMiB?: number;
  /** Pieces of standard input; its end follows. Absent: the rank gets none. */
  readonly stdin?: readonly string[];
  /** Keeps the end of standard input back. */
  readonly stdinStaysOpen?: boolean;
  /** Called with all the standard output so far, whenever there is more. */
  readonly onStdout?: (text: string, agent: MiniAgent) => void;
}

export interface MiniAgent {
  readonly segment: Segment;
  readonly gang: Gang;
}

/** Writes `source` as a module, runs it as the only rank, and tells how it ended. */
export async function runProgram(source: string, options: MiniAgentOptions = {}): Promise<RankResult> {
  const [result] = await runPrograms([source], options);
  if (result === undefined) throw new Error('no rank ran');
  return result;
}

/** The same with several ranks of one sandbox. */
export async function runPrograms(
  sources: readonly string[],
  options: MiniAgentOptions = {},
): Promise<readonly RankResult[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tsmpi-test-'));
  try {
    const entries = await Promise.all(
      sources.map(async (source, index) => {
        const entry = path.join(directory, `job${String(index)}.${options.extension ?? 'mjs'}`);
        await writeFile(entry, source);
        return entry;
      }),
    );
    return await runEntries(entries, options);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The same with modules that exist. */
export async function runEntries(
  entries: readonly string[],
  options: MiniAgentOptions = {},
): Promise<readonly RankResult[]> {
  const segment = Segment.create(entries.length);
  const workerEnds = new Map<number, WorkerEnd>();
  const tasks = entries.map((entry, localIndex) => ({
    memory: segment.memory,
    host: segment.host.shared,
    hostFirstRank: 0,
    segmentStarts: [0],
    localRanks: entries.length,
    firstRank: 0,
    worldFirst: 0,
    localIndex,
    size: entries.length,
    epoch: 1,
    jobId: 'test',
    entry,
    script: entry,
    args: options.args ?? [],
    stdin: options.stdin !== undefined,
  }));
  const gang = new Gang({ tasks, env: options.env ?? {}, heapMiB: options.heapMiB }, (localIndex, end) => {
    workerEnds.set(localIndex, end);
    segment.wake(segment.agent);
  });
  const agent = { segment, gang };
  const texts = entries.map(() => ({ stdout: '', stderr: '', report: undefined as ErrorReport | undefined }));
  const pieces = entries.map(() => [...(options.stdin ?? []), ...(options.stdinStaysOpen === true ? [] : [''])]);
  // Nothing else holds the event loop while the ranks run.
  const hold = setInterval(() => undefined, 1000);
  try {
    for (const [index] of entries.entries()) {
      segment.status(index).state = RankState.running;
      segment.wake(index);
    }
    while (workerEnds.size < entries.length) {
      const seen = segment.epoch(segment.agent);
      drainOutput(segment, texts, options, agent);
      if (options.stdin !== undefined) feedInput(segment, pieces);
      await segment.sleepAsync(segment.agent, seen);
    }
    drainOutput(segment, texts, options, agent);
  } finally {
    clearInterval(hold);
    await gang.terminate();
  }
  return entries.map((_, index) => resultOf(segment, index, texts[index], workerEnds.get(index)));
}

interface RankTexts {
  stdout: string;
  stderr: string;
  report: ErrorReport | undefined;
}

function drainOutput(segment: Segment, texts: RankTexts[], options: MiniAgentOptions, agent: MiniAgent): void {
  segment.readyOutputs((rank) => {
    const text = texts[rank];
    if (text === undefined) return;
    let more = true;
    while (more) {
      more = segment.output(rank).tryRead((record) => {
        const bytes = record.slice(1);
        const decoded = new TextDecoder().decode(bytes);
        if (record[0] === OutputStream.stdout) text.stdout += decoded;
        else if (record[0] === OutputStream.stderr) text.stderr += decoded;
        else text.report = decodeReport(bytes);
      });
    }
    options.onStdout?.(text.stdout, agent);
  });
}

function feedInput(segment: Segment, pieces: string[][]): void {
  for (const [rank, waiting] of pieces.entries()) {
    while (waiting[0] !== undefined && segment.input(rank).writeOrAsk(new TextEncoder().encode(waiting[0]))) {
      waiting.shift();
    }
  }
}

function resultOf(
  segment: Segment,
  index: number,
  texts: RankTexts | undefined,
  workerEnd: WorkerEnd | undefined,
): RankResult {
  if (texts === undefined || workerEnd === undefined) throw new Error(`rank ${String(index)} has no result`);
  const status = segment.status(index);
  const over = status.state === RankState.over;
  const reason = Object.values(EndReason).find((known) => known === status.reason);
  return {
    ...texts,
    exitCode: over ? status.exitCode : undefined,
    reason: over ? reason : undefined,
    workerEnd,
  };
}
