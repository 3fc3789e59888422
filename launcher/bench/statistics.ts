/**
 * Numbers of many samples. Histograms are Node's own HDR histograms, in picoseconds: three digits of everything between
 * a picosecond and an hour.
 */
import { createHistogram } from 'node:perf_hooks';

const picosecondsPerNs = 1000;

export interface Summary {
  readonly samples: number;
  readonly minNs: number;
  readonly medianNs: number;
  readonly p99Ns: number;
}

/** Of at least one sample. */
export function summaryOf(samplesNs: readonly number[]): Summary {
  const histogram = createHistogram({ figures: 3 });
  for (const ns of samplesNs) histogram.record(Math.max(1, Math.round(ns * picosecondsPerNs)));
  return {
    samples: samplesNs.length,
    minNs: histogram.min / picosecondsPerNs,
    medianNs: histogram.percentile(50) / picosecondsPerNs,
    p99Ns: histogram.percentile(99) / picosecondsPerNs,
  };
}

/** The middle one, or the mean of the two middle ones; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
