/**
 * Runs a job's ranks as worker threads on real segments, without launcher, sandboxes or sockets. With several segments
 * this thread plays all the agents: it carries records from one segment to the other, as the mesh would.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { headerBytes, Kind } from '../../runtime/transport/header.ts';
import { createHeader, destinationOf, encodeHeader } from '../../runtime/transport/header-codec.ts';
import { Segment } from '../../runtime/transport/segment.ts';

/** How a rank ended. */
export interface RankEnd {
  readonly result?: unknown;
  readonly error?: { name: string; message: string; code?: string; failed?: number[]; stack?: string };
}

export interface RunOptions {
  readonly ranks: number;
  /** Ranks of each segment; default: all in one. */
  readonly ranksPerSegment?: number;
  /** File URL of the module with the job, and the name of the exported function to run. */
  readonly module: string;
  readonly job: string;
  readonly args?: unknown;
  /** Called when the workers run, with the segments. */
  readonly onStart?: (segments: readonly Segment[]) => void;
}

/** Resolves when every rank has ended, with how, in rank order. Nothing is left then. */
export async function runRanks(options: RunOptions): Promise<RankEnd[]> {
  const { ranks, ranksPerSegment = ranks } = options;
  const segments: Segment[] = [];
  for (let first = 0; first < ranks; first += ranksPerSegment) {
    segments.push(Segment.create(Math.min(ranksPerSegment, ranks - first)));
  }
  const code = await bundle(options.module);
  const agents = new Agents(segments, ranksPerSegment, ranks);
  const ends = Array.from({ length: ranks }, (_, rank) => {
    const index = Math.floor(rank / ranksPerSegment);
    const segment = segments[index];
    if (segment === undefined) throw new Error('no segment');
    const context = {
      memory: segment.memory,
      localRanks: segment.ranks,
      localIndex: rank % ranksPerSegment,
      rank,
      worldFirst: 0,
      size: ranks,
      host: segment.host.shared,
      hostFirstRank: index * ranksPerSegment,
      segmentStarts: segments.map((_, other) => other * ranksPerSegment),
      epoch: 1,
      jobId: 'test',
    };
    return runRank(code, { context, job: options.job, args: options.args }, () => {
      agents.departed(rank);
    });
  });
  options.onStart?.(segments);
  try {
    return await Promise.all(ends);
  } finally {
    agents.stop();
  }
}

/** Bundles of this process, by module: threads start much faster from one script than through a loader. */
const bundles = new Map<string, Promise<string>>();

function bundle(module: string): Promise<string> {
  let code = bundles.get(module);
  code ??= buildBundle(module);
  bundles.set(module, code);
  return code;
}

async function buildBundle(module: string): Promise<string> {
  const harness = JSON.stringify(fileURLToPath(new URL('./rank-worker.ts', import.meta.url)));
  const job = JSON.stringify(fileURLToPath(module));
  const { outputFiles } = await build({
    stdin: {
      contents: `import { runJob } from ${harness}; void runJob(() => import(${job}));`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

async function runRank(code: string, workerData: unknown, onEnd: () => void): Promise<RankEnd> {
  const worker = new Worker(code, { workerData, eval: true });
  const end = await new Promise<RankEnd>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      reject(new Error(`the worker exited with ${String(code)} before it said how it ended`));
    });
  });
  onEnd();
  await worker.terminate();
  return end;
}

/** All agents at once. */
class Agents {
  readonly #segments: readonly Segment[];
  readonly #ranksPerSegment: number;
  readonly #ranks: number;
  /** What does not fit a rank's queue yet, by world rank. */
  readonly #waiting: Uint8Array[][];
  #running = true;

  constructor(segments: readonly Segment[], ranksPerSegment: number, ranks: number) {
    this.#segments = segments;
    this.#ranksPerSegment = ranksPerSegment;
    this.#ranks = ranks;
    this.#waiting = Array.from({ length: ranks }, () => []);
    for (const segment of segments) void this.#serve(segment);
  }

  /** Says that a rank has returned, after everything it sent. */
  departed(rank: number): void {
    for (const segment of this.#segments) this.#route(segment);
    for (let other = 0; other < this.#ranks; other += 1) {
      if (other !== rank)
        this.deliver(other, encodeHeader({ ...createHeader(Kind.departed), source: rank, destination: other }));
    }
  }

  deliver(rank: number, record: Uint8Array): void {
    this.#waiting[rank]?.push(record);
    this.#flush(rank);
  }

  stop(): void {
    this.#running = false;
    for (const segment of this.#segments) segment.wake(segment.agent);
  }

  async #serve(segment: Segment): Promise<void> {
    while (this.#running) {
      const seen = segment.epoch(segment.agent);
      this.#route(segment);
      for (let rank = 0; rank < this.#ranks; rank += 1) this.#flush(rank);
      await (segment.sleepAsync(segment.agent, seen) ?? new Promise((resolve) => setImmediate(resolve)));
    }
  }

  #route(segment: Segment): void {
    segment.readyQueues(segment.agent, (from) => {
      const queue = segment.queue(from, segment.agent);
      while (
        queue.tryRead((record) => {
          if (record.byteLength < headerBytes) throw new Error('a record without a header');
          this.deliver(destinationOf(record), record.slice());
        })
      );
    });
  }

  #flush(rank: number): void {
    const waiting = this.#waiting[rank] ?? [];
    const segment = this.#segments[Math.floor(rank / this.#ranksPerSegment)];
    const lane = segment?.queue(segment.agent, rank % this.#ranksPerSegment);
    let record = waiting[0];
    while (record !== undefined && lane?.writeOrAsk(record) === true) {
      waiting.shift();
      record = waiting[0];
    }
  }
}
