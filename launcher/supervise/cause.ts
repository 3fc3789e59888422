/**
 * Why a job ended, and the exit code that follows. The first cause decides; whatever happens after it is a consequence.
 */
import type { RankOver } from '../../runtime/rendezvous/options.ts';
import type { ExitReason } from '../backends/backend.ts';
import type { NameOf } from './rank-names.ts';

/** The one reason why a job ends before all its ranks have returned. */
export type Cause =
  | { readonly kind: 'rank'; readonly over: RankOver }
  /** `rank`: null for the program that launched the job and joined its mesh. */
  | { readonly kind: 'abort'; readonly rank: number | null; readonly exitCode: number; readonly reason: string }
  | {
      readonly kind: 'sandbox';
      readonly ranks: readonly number[];
      readonly reason: ExitReason;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly detail: string;
      /** Why the launcher itself killed it, if it did. */
      readonly givenUp?: string;
    }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'interrupt'; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' }
  | { readonly kind: 'output'; readonly detail: string }
  | { readonly kind: 'killed'; readonly reason: string }
  | { readonly kind: 'launch'; readonly detail: string };

/** Signal numbers of Linux, for the shell's convention of 128 + signal. */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

/** 128 + the signal's number, as shells report it; 1 for a signal without a known number. */
export function exitCodeOfSignal(signal: string): number {
  const number = signalNumbers[signal];
  return number === undefined ? 1 : 128 + number;
}

/** The exit code of `tsmpirun` for a job that ended for this cause. Never 0, except for an abort that asked for 0. */
export function exitCodeOf(cause: Cause): number {
  switch (cause.kind) {
    case 'rank':
      return cause.over.exitCode === 0 ? 1 : cause.over.exitCode;
    case 'abort':
      return cause.exitCode;
    case 'sandbox':
      if (cause.reason === 'out-of-memory') return exitCodeOfSignal(cause.signal ?? 'SIGKILL');
      if (cause.signal !== null) return exitCodeOfSignal(cause.signal);
      return cause.exitCode === null || cause.exitCode === 0 ? 1 : cause.exitCode;
    case 'timeout':
      return 124;
    case 'interrupt':
      return exitCodeOfSignal(cause.signal);
    case 'output':
      return exitCodeOfSignal('SIGPIPE');
    case 'killed':
      return exitCodeOfSignal('SIGKILL');
    case 'launch':
      return 1;
  }
}

/** `rank 3`, `ranks 3, 4 and 5`, `ranks 0 to 31`. */
export function namedRanks(ranks: readonly number[], nameOf: NameOf): string {
  const [first] = ranks;
  if (first === undefined) return 'no rank';
  if (ranks.length === 1) return `rank ${nameOf(first)}`;
  const last = ranks.at(-1) ?? first;
  const consecutive = ranks.every((rank, index) => rank === first + index);
  if (consecutive && ranks.length > 2) return `ranks ${nameOf(first)} to ${nameOf(last)}`;
  return `ranks ${ranks.slice(0, -1).map(nameOf).join(', ')} and ${nameOf(last)}`;
}

/** The ranks that a cause lies with; none for a timeout, an interrupt or a failed start. */
export function ranksOf(cause: Cause): readonly number[] {
  switch (cause.kind) {
    case 'rank':
      return [cause.over.rank];
    case 'abort':
      return cause.rank === null ? [] : [cause.rank];
    case 'sandbox':
      return cause.ranks;
    case 'timeout':
    case 'interrupt':
    case 'output':
    case 'killed':
    case 'launch':
      return [];
  }
}

/** What happened, as one sentence without a full stop: the report's first line. */
export function sentenceOf(cause: Cause, nameOf: NameOf): string {
  switch (cause.kind) {
    case 'rank':
      return sentenceOfRank(cause.over, nameOf(cause.over.rank));
    case 'abort': {
      const why = cause.reason === '' ? '' : `: ${cause.reason}`;
      const who = cause.rank === null ? 'the launching program' : `rank ${nameOf(cause.rank)}`;
      return `${who} called abort(${cause.exitCode})${why}`;
    }
    case 'sandbox':
      return `${namedRanks(cause.ranks, nameOf)} died: ${sentenceOfSandbox(cause)}`;
    case 'timeout':
      return `the job did not end within its --timeout of ${cause.timeoutMs / 1000} s`;
    case 'interrupt':
      return `interrupted by ${cause.signal}`;
    case 'output':
      return `the output cannot be written (${cause.detail})`;
    case 'killed':
      return cause.reason;
    case 'launch':
      return cause.detail;
  }
}

function sentenceOfRank(over: RankOver, name: string): string {
  switch (over.reason) {
    case 'throw':
      return `rank ${name} threw`;
    case 'out-of-memory':
      return `rank ${name} ran out of memory (its JavaScript heap reached its limit; raise it with --memory)`;
    case 'exit':
    case 'aborted':
      return over.exitCode === 13
        ? `rank ${name} ended with exit code 13: a top-level await never settled and nothing was left to wait for`
        : `rank ${name} ended with exit code ${over.exitCode}`;
  }
}

function sentenceOfSandbox(cause: Extract<Cause, { kind: 'sandbox' }>): string {
  if (cause.reason === 'out-of-memory') {
    return 'its sandbox ran out of memory (raise the limit with --memory, or use fewer ranks per sandbox)';
  }
  if (cause.givenUp !== undefined) return `its sandbox was given up: ${cause.givenUp}`;
  if (cause.signal !== null) return `its sandbox was killed by ${cause.signal}`;
  const detail = cause.detail === '' ? '' : ` (${cause.detail})`;
  return `its sandbox ended with exit code ${cause.exitCode ?? 'unknown'}${detail}`;
}

/** How a sandbox ended, in brief. */
export function howOf({ exitCode, signal }: { exitCode: number | null; signal: string | null }): string {
  return signal === null ? `exit code ${String(exitCode)}` : `killed by ${signal}`;
}
