/**
 * The command line of `tsmpi bench`, read or refused.
 */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { parseArgs } from 'node:util';
import { measurements, usualNames } from '../bench/measurements.ts';
import { type PeerName, peerNames } from '../bench/peers.ts';
import type { BenchRequest } from '../bench/plan.ts';
import type { BenchResult } from '../bench/result.ts';
import { mergedResult, savedResult } from '../bench/saved.ts';
import { launchWords, number, ranksOf, sizesOf } from './bench-words.ts';
import { readWords } from './command-words.ts';
import { nearest } from './nearest.ts';
import { refuse } from './refusal.ts';

export interface BenchCommand {
  readonly kind: 'bench';
  /** What to measure, or what was measured before. */
  readonly source: BenchRequest | BenchResult;
  /** On standard output instead of tables. */
  readonly json: boolean;
  /** Files to write. */
  readonly csv?: string;
  readonly html?: string;
  readonly markdown?: string;
}

const modes = ['sync', 'async'] as const;
const memories = ['plain', 'alloc'] as const;
const roundsMax = 100;
const budgetMsMax = 10_000;
const warmUpMsMax = 10_000;
const callsMax = 1_000_000_000;

/** What `--quick` changes; anything given explicitly wins. */
const usual = { ranks: undefined, sizes: undefined, rounds: 3, budgetMs: 150, warmUpMs: 150, calls: 1_000_000 };
const quick = { ranks: '2', rounds: 1, budgetMs: 5, warmUpMs: 5, calls: 1000, sizes: '8,64K' };

const options = {
  ranks: { type: 'string' },
  sizes: { type: 'string' },
  mode: { type: 'string' },
  memory: { type: 'string' },
  vs: { type: 'string' },
  rounds: { type: 'string' },
  time: { type: 'string' },
  'warm-up': { type: 'string' },
  calls: { type: 'string' },
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
  csv: { type: 'string' },
  html: { type: 'string' },
  markdown: { type: 'string' },
  from: { type: 'string' },
  'no-shared-memory': { type: 'boolean' },
  tuning: { type: 'string' },
  backend: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** Throws RefusedError for what cannot be honoured. */
export function parseBench(words: readonly string[]): BenchCommand | { readonly kind: 'help' } {
  const { values, names } = readWords(words, options, 'tsmpi bench');
  if (values.help === true) return { kind: 'help' };
  return {
    kind: 'bench',
    source: values.from === undefined ? requestOf(values, names) : saved(values.from, values, names),
    json: values.json === true,
    ...fileOf('csv', values.csv),
    ...fileOf('html', values.html),
    ...fileOf('markdown', values.markdown),
  };
}

function requestOf(values: Values, names: readonly string[]): BenchRequest {
  const defaults = values.quick === true ? quick : usual;
  const [ranks, sizes] = [values.ranks ?? defaults.ranks, values.sizes ?? defaults.sizes];
  return {
    names: names.length > 0 ? names.map(known) : [...usualNames],
    ...(ranks === undefined ? {} : { ranks: ranksOf(ranks) }),
    ...(sizes === undefined ? {} : { sizes: sizesOf(sizes) }),
    modes: some('--mode', values.mode, modes, modes),
    memories: some('--memory', values.memory, memories, memories),
    peers: some<PeerName>('--vs', values.vs, peerNames, []),
    rounds: number('--rounds', values.rounds, roundsMax, defaults.rounds),
    budgetMs: number('--time', values.time, budgetMsMax, defaults.budgetMs),
    warmUpMs: number('--warm-up', values['warm-up'], warmUpMsMax, defaults.warmUpMs),
    calls: number('--calls', values.calls, callsMax, defaults.calls),
    launchWords: launchWords(values),
  };
}

/** Options that say how results are shown; all others say what is measured. */
const shown = ['from', 'json', 'csv', 'html', 'markdown'];

function saved(files: string, values: Values, names: readonly string[]): BenchResult {
  const measuring = [
    ...names,
    ...Object.keys(values)
      .filter((name) => !shown.includes(name))
      .map((name) => `--${name}`),
  ];
  const [first] = measuring;
  if (first !== undefined) {
    refuse(`--from with ${first}`, 'nothing is measured anew', `leave out ${measuring.join(' and ')}`);
  }
  const results = files.split(',').map((file) => {
    try {
      return savedResult(file);
    } catch (error) {
      return refuse(`--from ${file}`, (error as Error).message, 'name files written by tsmpi bench --json > FILE');
    }
  });
  return mergedResult(results);
}

function known(name: string): string {
  const all = measurements.map((measurement) => measurement.name);
  if (all.includes(name)) return name;
  const guess = nearest(name, all);
  return refuse(
    name,
    'nothing of that name is measured',
    guess === undefined ? all.join(', ') : `did you mean ${guess}?`,
  );
}

function some<const T extends string>(
  as: string,
  text: string | undefined,
  all: readonly T[],
  none: readonly T[],
): T[] {
  if (text === undefined) return [...none];
  return text.split(',').map((word) => {
    const found = all.find((each) => each === word);
    if (found !== undefined) return found;
    const guess = nearest(word, all);
    const instead = guess === undefined ? `it takes ${all.join(', ')}` : `did you mean ${guess}?`;
    return refuse(`${as} ${text}`, `${word} is unknown`, instead);
  });
}

/** A file that can be written, so that nothing is measured in vain. */
function fileOf(name: 'csv' | 'html' | 'markdown', path: string | undefined): { [K in typeof name]?: string } {
  if (path === undefined) return {};
  const folder = dirname(resolve(path));
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  if (path === '' || !isFolder)
    refuse(`--${name} ${path}`, `${folder} is no folder`, 'name a file in a folder that exists');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    refuse(`--${name} ${path}`, 'it is a folder', `name a file in it, such as ${join(path, `bench.${name}`)}`);
  }
  return { [name]: path };
}
