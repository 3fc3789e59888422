/**
 * What jobs and twins print: a line of JSON for each point or figure. Other lines are none of ours and are passed over.
 */
export interface SampleLine {
  readonly bytes: number;
  readonly mode?: 'sync' | 'async';
  readonly memory?: 'plain' | 'alloc';
  readonly samplesNs: readonly number[];
}

/** A number that is no time. */
export interface FigureLine {
  readonly figure: string;
  readonly unit: string;
  readonly value: number;
  readonly mode?: 'sync' | 'async';
}

export interface JobLines {
  readonly figures: readonly FigureLine[];
  readonly samples: readonly SampleLine[];
  /** The sizes that do not fit into its segment. */
  readonly tooLarge: readonly number[];
}

export function readLines(stdout: string): JobLines {
  const samples: SampleLine[] = [];
  const figures: FigureLine[] = [];
  const tooLarge: number[] = [];
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const value = parsed(line);
    const { lacking, bytes, memory, samples: taken, figure, unit, value: number } = value;
    const mode = modeOf(value);
    if (lacking === 'space' && typeof bytes === 'number') tooLarge.push(bytes);
    if (typeof figure === 'string' && typeof number === 'number') {
      figures.push({ figure, unit: String(unit), value: number, ...mode });
    }
    if (typeof bytes !== 'number' || !Array.isArray(taken)) continue;
    const samplesNs = taken.filter((sample): sample is number => typeof sample === 'number');
    if (samplesNs.length === 0) continue;
    samples.push({
      bytes,
      samplesNs,
      ...mode,
      ...(memory === 'plain' || memory === 'alloc' ? { memory } : {}),
    });
  }
  return { samples, figures, tooLarge };
}

function modeOf({ mode }: Record<string, unknown>): { mode?: 'sync' | 'async' } {
  return mode === 'sync' || mode === 'async' ? { mode } : {};
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
