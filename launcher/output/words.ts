/**
 * The launcher's own words for people: which lines of the supervisor's events are printed, and how.
 */
import type { JobEvent, RankExit } from '../supervise/result.ts';

export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** Whether the event is told at all, in words or as JSON. */
export function isTold(event: JobEvent, verbosity: Verbosity, timeline: boolean): boolean {
  switch (event.type) {
    case 'notice':
    case 'progress':
    case 'closing':
      return verbosity !== 'quiet';
    case 'diagnostic':
      return verbosity === 'verbose';
    case 'timeline':
      return timeline;
    case 'cause':
      return true;
    case 'started':
    case 'spawned':
    case 'rank':
    case 'ended':
      return verbosity === 'verbose';
  }
}

/** The lines for an event, without newlines. */
export function wordsFor(event: JobEvent): readonly string[] {
  switch (event.type) {
    case 'notice':
      return [prefixed(event.text)];
    case 'diagnostic':
      return [`tsmpirun: sandbox ${String(event.sandbox)}: ${event.line}`];
    case 'started': {
      const { id, ranks, sandboxes } = event;
      return [`tsmpirun: job ${id} runs: ${counted(ranks, 'rank')} in ${counted(sandboxes, 'sandbox', 'sandboxes')}`];
    }
    case 'rank':
      return [`tsmpirun: ${exitWords(event.exit, event.name)}`];
    case 'spawned':
      return [`tsmpirun: spawn ${String(event.spawn)}: ${counted(event.ranks, 'rank')} of ${event.script}`];
    case 'timeline':
    case 'cause':
    case 'closing':
      return event.lines;
    case 'progress':
      return [];
    case 'ended':
      return [`tsmpirun: the job is over, exit code ${String(event.exitCode)}`];
  }
}

/** What the progress line says. */
export function progressWords({ joined, connected, sandboxes }: Extract<JobEvent, { type: 'progress' }>): string {
  if (joined < sandboxes)
    return `tsmpirun: starting: ${String(joined)} of ${counted(sandboxes, 'sandbox', 'sandboxes')}`;
  return `tsmpirun: connecting: ${String(connected)} of ${counted(sandboxes, 'sandbox', 'sandboxes')}`;
}

function exitWords({ reason, exitCode, signal }: RankExit, name: string): string {
  const how =
    signal !== null ? `signal ${signal}` : exitCode !== null ? `exit code ${String(exitCode)}` : 'no exit code';
  return reason === 'exit' ? `rank ${name} ended: ${how}` : `rank ${name} ended: ${how} (${reason})`;
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : several}`;
}

function prefixed(text: string): string {
  return text.startsWith('tsmpirun: ') ? text : `tsmpirun: ${text}`;
}
