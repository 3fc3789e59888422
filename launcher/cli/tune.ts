/**
 * `tsmpi bench tune`: measures which algorithms and sizes are best here, and writes them where jobs find them.
 */
import { resolve } from 'node:path';
import type { TuneRequest } from '../bench/tune-plan.ts';
import { tune as measured } from '../bench/tune.ts';
import { writeTuning } from '../tuning-file.ts';
import { usualTuningPath } from '../tuning.ts';
import { launchWords, number, ranksOf, sizesOf } from './bench-words.ts';
import { readWords } from './command-words.ts';
import { print } from './main.ts';
import { refuse } from './refusal.ts';

const options = {
  ranks: { type: 'string' },
  sizes: { type: 'string' },
  rounds: { type: 'string' },
  time: { type: 'string' },
  out: { type: 'string' },
  quick: { type: 'boolean' },
  backend: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const usual = { ranks: '2,4,8,16', sizes: '8,128,1K,4K,16K,64K,256K,1M,4M', rounds: 3, budgetMs: 40, warmUpMs: 40 };
const quick = { ranks: '2,8', sizes: '8,1K,16K,256K', rounds: 1, budgetMs: 15, warmUpMs: 15 };
const [roundsMax, budgetMsMax] = [100, 10_000];

export interface TuneCommand {
  readonly request: TuneRequest;
  readonly out: string;
}

/** Throws RefusedError for what cannot be honoured. */
export function parseTune(words: readonly string[]): TuneCommand | { readonly kind: 'help' } {
  const { values, names } = readWords(words, options, 'tsmpi bench');
  if (values.help === true) return { kind: 'help' };
  const [name] = names;
  if (name !== undefined) refuse(`tune ${name}`, 'tune takes options only', 'tsmpi bench tune --help lists them');
  const defaults = values.quick === true ? quick : usual;
  const ranks = ranksOf(values.ranks ?? defaults.ranks);
  if (ranks.includes(1)) refuse(`--ranks ${values.ranks ?? ''}`, 'one rank has nothing to choose', 'write --ranks 2,8');
  const rising = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((left, right) => left - right);
  const budgetMs = number('--time', values.time, budgetMsMax, defaults.budgetMs);
  return {
    request: {
      ranks: rising(ranks),
      // Whole elements.
      sizes: rising(sizesOf(values.sizes ?? defaults.sizes).map((bytes) => Math.max(8, Math.ceil(bytes / 8) * 8))),
      rounds: number('--rounds', values.rounds, roundsMax, defaults.rounds),
      budgetMs,
      warmUpMs: Math.min(budgetMs, defaults.warmUpMs),
      launchWords: launchWords(values),
    },
    out: values.out === undefined ? usualTuningPath() : resolve(values.out),
  };
}

/** Gives the exit code. Nothing is written unless all was measured. */
export async function tune({ request, out }: TuneCommand, signal: AbortSignal): Promise<number> {
  const tell = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    writeTuning(out, await measured(request, tell, signal));
  } catch (error) {
    if (signal.aborted) throw error;
    await print(process.stderr, `tsmpi bench tune: ${(error as Error).message}`);
    return 1;
  }
  await print(process.stdout, `written to ${out}`);
  return 0;
}

export function tuneHelp(): string {
  return [
    'Usage: tsmpi bench tune [options]',
    '',
    'Measures which algorithms collectives should use on this machine, and writes',
    'a table that jobs then use: those of this user, or those with --tuning FILE.',
    'Takes half an hour or more, on a machine with nothing else to do, and says how',
    'long it will still take. Ctrl-C ends it; then nothing is written.',
    '',
    'Options:',
    `  --ranks 2,8          numbers of ranks (${usual.ranks})`,
    '  --sizes 8,1K         sizes, as for tsmpi bench',
    '  --rounds N           turns (3)',
    '  --time MS            for one point in one round (40)',
    '  --out FILE           where the table goes',
    `                       (${usualTuningPath()})`,
    '  --quick              a minute or two: fewer ranks, sizes and turns',
    '  --backend NAME       as for tsmpirun',
    '  --help               print this',
  ].join('\n');
}
