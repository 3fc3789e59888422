/**
 * What a job's output is given to: the supervisor's `JobSinks`, as the command line makes them.
 */
import type { Writable } from 'node:stream';
import type { JobEvent } from '../supervise/result.ts';
import type { Verbosity } from './words.ts';

/** 1: standard output, 2: standard error. */
export type StreamNumber = 1 | 2;

export interface OutputOptions {
  /**
   * 'plain': lines as they are. 'tagged': each begins with `[rank] `. 'json': one event per line on stdout, see
   * docs/JSON.md.
   */
  readonly mode: 'plain' | 'tagged' | 'json';
  /** Ranks of the job. With one, nothing can mix, and partial lines pass at once (in mode 'plain'). */
  readonly ranks: number;
  /** Where one file per rank and stream goes, instead of `stdout` and `stderr`; made if it does not exist. */
  readonly directory?: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /**
   * Both lead to the same terminal, pipe or file: what is written to them must keep its order. Else neither waits for
   * the other.
   */
  readonly isOneFile: boolean;
  /** Make terminal control sequences of the ranks harmless on these streams (colours stay): for terminals. */
  readonly sanitize: { readonly stdout: boolean; readonly stderr: boolean };
  /**
   * How much of the launcher's own words: 'quiet' leaves the causes of failures only, 'verbose' adds what agents
   * print.
   */
  readonly verbosity: Verbosity;
  /** Draw progress on `stderr`: it is a terminal. */
  readonly progress: boolean;
  readonly timeline: boolean;
  /** Called once when a stream or a file cannot be written any more, with the reason: the job has nobody to talk to. */
  readonly broken: (detail: string) => void;
}

export interface OutputSink {
  /**
   * Output of a rank, in its order. `bytes` belong to the sink from here on. A returned promise is backpressure: write
   * no more until it resolves. Never rejects, never throws: after a failure output is dropped, see `broken`.
   */
  output(rank: number, stream: StreamNumber, bytes: Uint8Array): void | Promise<void>;
  /** The rank prints nothing more: what it left of a line goes out. */
  outputOver(rank: number): void;
  event(event: JobEvent): void;
  /** Resolves when everything has been written, or cannot be. */
  close(): Promise<void>;
}
