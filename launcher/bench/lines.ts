/**
 * What jobs and twins print: a line of JSON for each point. Other lines are none of ours and are passed over.
 */
export interface SampleLine {
  readonly bytes: number;
  readonly mode?: 'sync' | 'async';
  readonly memory?: 'plain' | 'alloc';
  readonly samplesNs: readonly number[];
}

export interface JobLines {
  readonly samples: readonly SampleLine[];
  /** Kinds of memory that this tsmpi does not have. */
  readonly lacking: readonly string[];
}

export function readLines(stdout: string): JobLines {
  const samples: SampleLine[] = [];
  const lacking: string[] = [];
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const value = parsed(line);
    if (typeof value['lacking'] === 'string') lacking.push(value['lacking']);
    const { bytes, mode, memory, samples: taken } = value;
    if (typeof bytes !== 'number' || !Array.isArray(taken)) continue;
    const samplesNs = taken.filter((sample): sample is number => typeof sample === 'number');
    if (samplesNs.length === 0) continue;
    samples.push({
      bytes,
      samplesNs,
      ...(mode === 'sync' || mode === 'async' ? { mode } : {}),
      ...(memory === 'plain' || memory === 'alloc' ? { memory } : {}),
    });
  }
  return { samples, lacking };
}

function parsed(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
