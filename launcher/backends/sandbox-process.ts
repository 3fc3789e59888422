/**
 * A sandbox that is a child process of the launcher: started, watched and ended the same way whether bubblewrap
 * stands between or not.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { startTimeOf } from '../process-identity.ts';
import type { Sandbox, SandboxExit } from './backend.ts';
import { BoundedOutput } from './bounded-output.ts';
import type { SandboxGroup } from './control-group.ts';
import { coverInherited } from './inherited-descriptors.ts';

/**
 * A descriptor of the child beyond the standard ones: bytes to read, an open file, or a pipe that the launcher reads.
 */
export type Descriptor = Uint8Array | number | 'status';

export interface ProcessPlan {
  readonly id: string;
  /**
   * True: in the launcher's session. The scheduler weighs session against session, and a rank that gives its core away
   * gives it to its own; so ranks that share cores must share a session.
   */
  readonly sharesSession: boolean;
  /** Absolute program, then its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Descriptors 3, 4, … */
  readonly descriptors: readonly Descriptor[];
  readonly group: SandboxGroup | null;
  /** Called with each process that must not outlive the job. */
  readonly claim: (pid: number) => void;
  readonly signal: AbortSignal;
}

const firstDescriptor = 3;
const goneAttempts = 400;
const gonePauseMs = 5;
const stderrGraceMs = 500;
const signalCodeBase = 128;
/** What V8 and the C++ library say when they give up for want of memory; then they abort. */
const memoryWords = /heap out of memory|out of memory|bad_alloc|Allocation failed|Cannot allocate memory/i;
const abortSignals: ReadonlySet<string> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV']);

/** Starts the process of `plan`. Rejects with ERR_LAUNCH when the system cannot start it. */
export async function startSandboxProcess(plan: ProcessPlan): Promise<SandboxProcess> {
  const [program, ...args] = plan.command;
  const where = `sandbox ${plan.id}`;
  if (program === undefined) throw new TsmpiError('ERR_LAUNCH', 'the command is empty', { where });
  if (plan.signal.aborted) throw new TsmpiError('ERR_LAUNCH', 'the job ended before it started', { where });
  const stdio = [
    'ignore',
    'ignore',
    'pipe',
    ...plan.descriptors.map((what) => (typeof what === 'number' ? what : 'pipe')),
  ];
  const child = spawn(program, args, {
    cwd: plan.cwd,
    env: {},
    // Else the terminal's Ctrl-C would not be the launcher's alone, which ends sandboxes in its own order.
    detached: !plan.sharesSession,
    stdio: coverInherited(stdio) as StdioOptions,
  });
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new TsmpiError('ERR_LAUNCH', `${program} cannot be started (${error.message})`, { where, cause: error });
  }
  return new SandboxProcess(plan, child);
}

interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

function exitOf(child: ChildProcess): Promise<ChildExit> {
  child.on('error', () => undefined); // A signal that could not be sent: the exit decides.
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/** The name of signal `number` on this machine; null when it has none. */
function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}

export class SandboxProcess implements Sandbox {
  readonly id: string;
  readonly exited: Promise<SandboxExit>;
  readonly #child: ChildProcess;
  readonly #group: SandboxGroup | null;
  readonly #stderr: BoundedOutput;
  /** The first process inside, as the launcher's PID namespace counts it; bubblewrap tells. */
  #inner: Identity | null = null;
  /** True once bubblewrap reported an exit code: without it, it failed itself. */
  #commandRan = false;

  constructor(plan: ProcessPlan, child: ChildProcess) {
    const exit = exitOf(child);
    this.id = plan.id;
    this.#child = child;
    this.#group = plan.group;
    const pid = child.pid ?? 0;
    plan.claim(pid);
    this.#stderr = new BoundedOutput(child.stderr as Readable);
    plan.descriptors.forEach((what, index) => {
      const stream = child.stdio[firstDescriptor + index];
      if (what === 'status') this.#readStatus(stream as Readable, plan.claim);
      else if (typeof what !== 'number') feed(stream as Writable, what);
    });
    const onAbort = (): void => this.#strike();
    plan.signal.addEventListener('abort', onAbort, { once: true });
    this.exited = this.#end(exit).finally(() => plan.signal.removeEventListener('abort', onAbort));
  }

  get stderr(): AsyncIterable<Uint8Array> {
    return this.#stderr;
  }

  /** The last of what it printed. */
  get stderrTail(): string {
    return this.#stderr.tail;
  }

  /** False when the wrapping failed and the command itself never ran to an end; only bubblewrap can tell. */
  get commandRan(): boolean {
    return this.#commandRan;
  }

  async kill(): Promise<void> {
    this.#strike();
    await this.exited;
  }

  #strike(): void {
    this.#strikeGroup();
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    // Killing bubblewrap kills what is inside, unless it was stopped or has just not set that up yet.
    const inner = this.#inner;
    if (inner !== null) killIfAlive(inner);
  }

  /** What bubblewrap has just started is in its process group, and known by nothing else if it dies now. */
  #strikeGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has no group of its own yet, or nobody is left in it.
    }
  }

  #readStatus(stream: Readable, claim: (pid: number) => void): void {
    let text = '';
    stream.on('error', () => undefined);
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const pid = Number(/"child-pid": (\d+)/.exec(text)?.[1] ?? 0);
      if (pid > 0 && this.#inner === null) {
        const startTime = startTimeOf(pid);
        if (startTime !== null) this.#inner = { pid, startTime };
        claim(pid);
      }
      this.#commandRan ||= text.includes('"exit-code"');
    });
  }

  async #end(exit: Promise<ChildExit>): Promise<SandboxExit> {
    const how = await exit;
    this.#strikeGroup();
    const outOfMemory = (this.#group?.outOfMemoryKills() ?? 0) > 0;
    await this.#group?.remove();
    await this.#innerGone();
    // Something outside the group may hold the pipe; the sandbox has ended all the same.
    await Promise.race([this.#stderr.ended, delay(stderrGraceMs, undefined, { ref: false })]);
    for (const stream of this.#child.stdio) stream?.destroy();
    return this.#verdict(how, outOfMemory);
  }

  #verdict({ code, signal }: ChildExit, outOfMemory: boolean): SandboxExit {
    // bubblewrap passes a signal on as shells do.
    const passedOn =
      this.#commandRan && code !== null && code > signalCodeBase ? signalName(code - signalCodeBase) : null;
    const name = signal ?? passedOn;
    const gaveUp = name !== null && abortSignals.has(name) && memoryWords.test(this.#stderr.tail);
    if (outOfMemory || gaveUp) return { reason: 'out-of-memory', exitCode: null, signal: name ?? 'SIGKILL' };
    if (name !== null) return { reason: 'signal', exitCode: null, signal: name };
    return { reason: 'exit', exitCode: code, signal: null };
  }

  async #innerGone(): Promise<void> {
    const inner = this.#inner;
    if (inner === null) return;
    for (let turn = 0; turn < goneAttempts && killIfAlive(inner); turn += 1) await delay(gonePauseMs);
  }
}

interface Identity {
  readonly pid: number;
  readonly startTime: string;
}

/** True when it was still there. */
function killIfAlive({ pid, startTime }: Identity): boolean {
  if (startTimeOf(pid) !== startTime) return false;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return false; // It went between the look and the blow.
  }
  return true;
}

function feed(stream: Writable, bytes: Uint8Array): void {
  stream.on('error', () => undefined); // It died before it had read all: `exited` tells.
  stream.end(bytes);
}
