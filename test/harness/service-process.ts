/** A command of `tsmpi` that runs until it is stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { binPath } from './run-tsmpirun.ts';

export interface ServicePlace {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** In front of the command: where it runs. */
  readonly within?: readonly string[];
}

export class ServiceProcess {
  readonly child: ChildProcess;
  #said = '';
  #waiting: (() => void)[] = [];

  constructor(words: readonly string[], { directory, env, within = [] }: ServicePlace) {
    const [file = '', ...args] = [...within, process.execPath, binPath('tsmpi'), ...words];
    this.child = spawn(file, args, {
      cwd: directory,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.#said += bytes.toString();
        this.#tell();
      });
    }
    this.child.once('close', () => {
      this.#said += '\n(ended)\n';
      this.#tell();
    });
  }

  /** Of both its outputs. */
  get said(): string {
    return this.#said;
  }

  /** Resolves once it has said it; rejects when it ends without. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#said)) {
      if (this.#said.endsWith('(ended)\n'))
        throw new Error(`it ended and had not said ${String(pattern)}: ${this.#said}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Gives the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const closed = once(this.child, 'close') as Promise<[number | null]>;
    this.child.kill(signal);
    return (await closed)[0];
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}
