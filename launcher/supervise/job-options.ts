import type { Ask } from '../../runtime/rendezvous/options.ts';
import type { FreeNumbers, Place } from './placement.ts';
import type { JobSinks } from './result.ts';
import type { Timeline } from './timeline.ts';

export interface JobOptions {
  readonly id: string;
  readonly places: readonly Place[];
  /** Where the launching program is in the mesh, if it joins it. */
  readonly attached: FreeNumbers | null;
  /** Whether other jobs of the mesh may wait for what its ranks have sent when they end. */
  readonly mayDeliver: boolean;
  readonly onFailure: 'abort' | 'continue';
  readonly timeoutMs: number | undefined;
  /** How much of `timeoutMs` is over already. */
  readonly elapsedMs: number;
  readonly sinks: JobSinks;
  readonly timeline: Timeline;
}

/** Who gives ranks what they ask for. */
export interface AskTaker {
  asked(ask: Ask): void;
  /** The rank is over: what it has asked for and not started is not wanted any more. */
  over(rank: number): void;
}
