/**
 * Where start-up time went: one mark per phase, each the first time it is reached (`--timeline`).
 */

const phases = [
  ['bundled', 'job bundled, backend chosen'],
  ['prepared', 'job directory, reaper and rendezvous ready'],
  ['started', 'sandboxes started'],
  ['joined', 'last sandbox joined the rendezvous'],
  ['connected', 'mesh stands'],
  ['firstOutput', 'first output of a rank'],
  ['ranksOver', 'last rank over'],
  ['ended', 'everything ended and removed'],
] as const;
export type Phase = (typeof phases)[number][0];

export class Timeline {
  readonly #startMs: number;
  readonly #marks = new Map<Phase, number>();

  /** `startMs`: `performance.now()` at the start; 0 counts from the start of the process. */
  constructor(startMs = 0) {
    this.#startMs = startMs;
  }

  /** Notes that `phase` is reached now; later calls for the same phase are ignored. */
  mark(phase: Phase): void {
    if (!this.#marks.has(phase)) this.#marks.set(phase, performance.now() - this.#startMs);
  }

  /**
   * Milliseconds since the start, by phase, in the order in which they were reached: output may come after its rank is
   * known to be over. Phases that were not reached are missing.
   */
  entries(): { phase: Phase; atMs: number }[] {
    return [...this.#marks].map(([phase, atMs]) => ({ phase, atMs }));
  }

  /** One line per phase: when it was reached, and how long after the one before. */
  lines(): string[] {
    const names = new Map<Phase, string>(phases);
    let before = 0;
    return this.entries().map(({ phase, atMs }) => {
      const step = atMs - before;
      before = atMs;
      return `${atMs.toFixed(0).padStart(7)} ms  +${step.toFixed(0).padStart(5)}  ${names.get(phase) ?? phase}`;
    });
  }
}
