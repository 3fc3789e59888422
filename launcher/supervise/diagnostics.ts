/**
 * What agents print themselves: passed on line by line, and the last lines kept, to explain a sandbox that ended
 * without a word.
 */
import type { Sandbox } from '../backends/backend.ts';
import type { Cause } from './cause.ts';
import type { SandboxExit } from './sandboxes.ts';

/** Lines of one agent kept. */
const linesMax = 20;

export class Diagnostics {
  readonly #lines = new Map<number, string[]>();
  readonly #tell: (sandbox: number, line: string) => void;
  /** Sandboxes that were killed from here, and why. */
  readonly #givenUp = new Map<number, string>();

  constructor(tell: (sandbox: number, line: string) => void) {
    this.#tell = tell;
  }

  /** Reads what the agent of `sandbox` prints, to its end. */
  async read(index: number, sandbox: Sandbox): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of sandbox.stderr) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.note(index, line);
    }
    if (rest !== '') this.note(index, rest);
  }

  note(index: number, line: string): void {
    const lines = this.#lines.get(index) ?? [];
    lines.push(line);
    if (lines.length > linesMax) lines.shift();
    this.#lines.set(index, lines);
    this.#tell(index, line);
  }

  /** The sandbox is killed from here. */
  giveUp(index: number, why: string): void {
    this.#givenUp.set(index, why);
  }

  /** The end of a sandbox with `ranks`, as the cause of a job's. */
  deathOf(index: number, ranks: readonly number[], { reason, exitCode, signal }: SandboxExit): Cause {
    const givenUp = this.#givenUp.get(index);
    const cause = { kind: 'sandbox', ranks, reason, exitCode, signal, detail: this.tail(index) } as const;
    return givenUp === undefined ? cause : { ...cause, givenUp };
  }

  /** The last lines of a sandbox, as one text. */
  tail(index: number): string {
    return (this.#lines.get(index) ?? []).join('\n');
  }
}
