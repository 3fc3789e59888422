/** Real agents in processes of their own, and the least a launcher can do with them: for tests of the agent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AbortOrder, RankOver } from '../../runtime/rendezvous/options.ts';
import { RendezvousService } from '../../runtime/rendezvous/service.ts';
import { type Bootstrap, encodeBootstrap } from '../../runtime/sandbox/bootstrap.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface SandboxesOptions {
  /** Module source of each rank; a CommonJS one may require TypeScript. */
  readonly programs: readonly string[];
  readonly ranksPerSandbox?: number;
  /** Ranks of each sandbox, in place of `ranksPerSandbox`. */
  readonly placement?: readonly number[];
  readonly extension?: 'mjs' | 'cjs';
  readonly args?: readonly string[];
  readonly stdin?: readonly number[];
  readonly onFailure?: 'abort' | 'continue';
  readonly env?: Readonly<Record<string, string>>;
  readonly heapMiB?: number;
  /** When links open; default 'atOnce'. */
  readonly links?: Bootstrap['links'];
  /** Backpressure of the launcher, when a promise. */
  readonly onOutput?: (rank: number, text: string, job: Sandboxes) => void | Promise<void>;
  readonly onRankOver?: (over: RankOver, job: Sandboxes) => void;
  readonly onGo?: (job: Sandboxes) => void;
  readonly onLost?: (index: number, job: Sandboxes) => void;
  /** In place of the roster: the job never starts. */
  readonly onAllJoined?: (job: Sandboxes) => void;
}

export interface SandboxesResult {
  readonly overs: readonly RankOver[];
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Exit codes (or signals) of the agents, by sandbox. */
  readonly exits: readonly (number | NodeJS.Signals | null)[];
  /** What the agents themselves said. */
  readonly logs: readonly string[];
  readonly aborts: readonly AbortOrder[];
  readonly lost: readonly number[];
}

/** Runs the programs, one per rank, and tells how everything ended. */
export async function runSandboxes(options: SandboxesOptions): Promise<SandboxesResult> {
  const directory = await mkdtemp(path.join(tmpdir(), 'tsmpi-t-'));
  const job = new Sandboxes(directory, options);
  try {
    return await job.run();
  } finally {
    await job.dispose();
    await rm(directory, { recursive: true });
  }
}

export class Sandboxes {
  readonly #directory: string;
  readonly #options: SandboxesOptions;
  readonly #children: ChildProcess[] = [];
  readonly #overs = new Map<number, RankOver>();
  readonly #silent = new Set<number>();
  readonly #gone = new Set<number>();
  readonly #joined = new Set<number>();
  readonly #connected = new Set<number>();
  readonly #stdout: string[];
  readonly #stderr: string[];
  readonly #logs: string[] = [];
  readonly #aborts: AbortOrder[] = [];
  readonly #lost: number[] = [];
  #service: RendezvousService | undefined;

  constructor(directory: string, options: SandboxesOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#stdout = options.programs.map(() => '');
    this.#stderr = options.programs.map(() => '');
  }

  get service(): RendezvousService {
    if (this.#service === undefined) throw new Error('the service has not started');
    return this.#service;
  }

  /** The agent's process of a sandbox. */
  agent(sandbox: number): ChildProcess {
    const child = this.#children[sandbox];
    if (child === undefined) throw new Error(`there is no sandbox ${String(sandbox)}`);
    return child;
  }

  /** Of all its sandboxes. */
  indexes: readonly number[] = [];

  async run(): Promise<SandboxesResult> {
    const bootstraps = await this.#bootstraps();
    const address = path.join(this.#directory, 'r.sock');
    const { links = 'atOnce' } = this.#options;
    const sandboxes = bootstraps.map(({ sandbox: index, token, ranks }) => ({
      index,
      token,
      ranks: ranks.map(({ rank }) => rank),
    }));
    this.#service = await RendezvousService.start(
      { address, meshId: 'mesh', epoch: 1, tsmpiVersion: '0.0.0' },
      {
        joined: (index) => {
          this.#joined.add(index);
          if (this.#joined.size < bootstraps.length) return;
          if (this.#options.onAllJoined === undefined) this.service.roster(this.indexes);
          else this.#options.onAllJoined(this);
        },
        connected: (index) => {
          this.#connected.add(index);
          if (this.#connected.size < bootstraps.length) return;
          this.service.go(this.indexes);
          this.#options.onGo?.(this);
        },
        output: (_, rank, stream, bytes) => {
          const text = new TextDecoder().decode(bytes);
          const texts = stream === 1 ? this.#stdout : this.#stderr;
          texts[rank] = (texts[rank] ?? '') + text;
          return this.#options.onOutput?.(rank, text, this);
        },
        outputOver: (_, rank) => {
          this.#silent.add(rank);
          this.#endIfOver();
        },
        rankOver: (_, over) => {
          this.#overs.set(over.rank, over);
          this.#options.onRankOver?.(over, this);
          this.#endIfOver();
        },
        asked: () => undefined,
        abortRequested: (_, order) => {
          this.#aborts.push(order);
          this.service.abort(order, this.indexes);
        },
        goodbye: () => undefined,
        lost: (index) => {
          this.#lost.push(index);
          for (const rank of this.#ranksOf(index)) this.#gone.add(rank);
          this.#options.onLost?.(index, this);
          this.#endIfOver();
        },
        refused: (why) => {
          this.#logs.push(why);
        },
      },
    );
    this.indexes = sandboxes.map(({ index }) => index);
    this.#service.expect(sandboxes, links);
    const exits = await Promise.all(bootstraps.map((bootstrap) => this.#start(bootstrap)));
    return {
      overs: [...this.#overs.values()].sort((left, right) => left.rank - right.rank),
      stdout: this.#stdout,
      stderr: this.#stderr,
      exits,
      logs: this.#logs,
      aborts: this.#aborts,
      lost: this.#lost,
    };
  }

  async dispose(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.#service?.close();
  }

  #endIfOver(): void {
    const over = (rank: number): boolean => this.#gone.has(rank) || (this.#overs.has(rank) && this.#silent.has(rank));
    if (this.#options.programs.every((_, rank) => over(rank))) this.service.goodbye(this.indexes);
  }

  /** World ranks of each sandbox. */
  get #placement(): readonly number[] {
    const { programs, ranksPerSandbox = 1, placement } = this.#options;
    if (placement !== undefined) return placement;
    return Array.from({ length: Math.ceil(programs.length / ranksPerSandbox) }, (_, index) =>
      Math.min(ranksPerSandbox, programs.length - index * ranksPerSandbox),
    );
  }

  #ranksOf(index: number): number[] {
    const first = this.#placement.slice(0, index).reduce((sum, ranks) => sum + ranks, 0);
    return Array.from({ length: this.#placement[index] ?? 0 }, (_, at) => first + at);
  }

  /** Resolves when the agent has ended. */
  async #start(bootstrap: Bootstrap): Promise<number | NodeJS.Signals | null> {
    const agent = path.join(root, 'runtime/sandbox/agent.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', agent], {
      cwd: root,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
    });
    this.#children[bootstrap.sandbox] = child;
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#logs.push(bytes.toString());
    });
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    (child.stdio[3] as Writable).end(encodeBootstrap(bootstrap));
    const [exitCode, signal] = await ended;
    return signal ?? exitCode;
  }

  async #bootstraps(): Promise<Bootstrap[]> {
    const { programs, extension = 'mjs', args = [], stdin = [], env = {}, heapMiB } = this.#options;
    const entries = await Promise.all(
      programs.map(async (source, rank) => {
        const entry = path.join(this.#directory, `job${String(rank)}.${extension}`);
        await writeFile(entry, source);
        return { entry, script: entry, args };
      }),
    );
    await mkdir(path.join(this.#directory, 'm'));
    const places = this.#placement.map((ranks, index) => ({ index, firstRank: this.#ranksOf(index)[0] ?? 0, ranks }));
    const meshSecret = randomBytes(32).toString('hex');
    return places.map(({ index, firstRank, ranks }) => ({
      jobId: 'job',
      meshId: 'mesh',
      epoch: 1,
      sandbox: index,
      token: randomBytes(32).toString('hex'),
      meshSecret,
      rendezvous: path.join(this.#directory, 'r.sock'),
      meshListen: path.join(this.#directory, 'm', `${String(index)}.sock`),
      listener: 'auto',
      links: this.#options.links ?? 'atOnce',
      size: programs.length,
      sandboxes: places,
      ranks: Array.from({ length: ranks }, (_, at) => ({ rank: firstRank + at, program: firstRank + at })),
      programs: entries,
      stdin,
      onFailure: this.#options.onFailure ?? 'abort',
      env,
      tsmpiVersion: '0.0.0',
      ...(heapMiB === undefined ? {} : { heapMiB }),
    }));
  }
}
