/**
 * The lines of `--json`. docs/JSON.md describes each event; a test holds the two together.
 */
import { ranksOf } from '../supervise/cause.ts';
import type { JobEvent, RankExit } from '../supervise/result.ts';

/** One line of output; `partial` when the line was too long or had no end. */
export function outputEvent(rank: number, stream: 1 | 2, line: string, isWhole: boolean): string {
  const event = { event: 'output', rank, stream: stream === 1 ? 'stdout' : 'stderr', line };
  return JSON.stringify(isWhole ? event : { ...event, partial: true });
}

/** The line of a supervisor's event, or undefined for those that are for people only. */
export function jobEvent(event: JobEvent): string | undefined {
  switch (event.type) {
    case 'progress':
      return undefined;
    case 'notice':
      return JSON.stringify({ event: 'notice', text: event.text });
    case 'started':
      return JSON.stringify({ event: 'started', job: event.id, ranks: event.ranks, sandboxes: event.sandboxes });
    case 'spawned': {
      const { spawn, firstRank, ranks, script } = event;
      return JSON.stringify({ event: 'spawned', spawn, firstRank, ranks, script });
    }
    case 'diagnostic':
      return JSON.stringify({ event: 'diagnostic', sandbox: event.sandbox, line: event.line });
    case 'rank':
      return JSON.stringify({ event: 'rank', ...exitFields(event.exit) });
    case 'cause':
      return JSON.stringify({
        event: 'cause',
        kind: event.cause.kind,
        ranks: ranksOf(event.cause),
        text: event.lines.join('\n'),
      });
    case 'closing':
      return JSON.stringify({ event: 'closing', text: event.lines.join('\n') });
    case 'timeline':
      return JSON.stringify({ event: 'timeline', phases: event.entries });
    case 'ended':
      return JSON.stringify({ event: 'ended', exitCode: event.exitCode });
  }
}

function exitFields({ rank, reason, exitCode, signal, error }: RankExit): Record<string, unknown> {
  const fields = { rank, reason, exitCode, signal };
  if (error === undefined) return fields;
  const { name, message, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { ...fields, error: { name, message, stack, ...code } };
}
