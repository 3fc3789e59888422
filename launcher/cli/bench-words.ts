/**
 * Words of the commands of `tsmpi`, read or refused alike.
 */
import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ranksMax } from '../../runtime/core/limits.ts';
import { parseSizes } from '../bench/sizes.ts';
import { nearest } from './nearest.ts';
import { refuse } from './refusal.ts';
import { wholeNumber } from './values.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** The words, read by node's parser; its complaints become refusals. */
export function readWords<O extends Options>(
  words: readonly string[],
  options: O,
  command = 'tsmpi bench',
): { values: Read<O>['values']; names: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    return { values, names: positionals };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const [, as = ''] = /'(?:-\w, )?(-[\w-]+)/.exec(message) ?? [];
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const known = Object.keys(options).map((name) => `--${name}`);
      const guess = nearest(as, known);
      const instead = guess === undefined ? `${command} --help lists them` : `did you mean ${guess}?`;
      return refuse(as, 'unknown option', instead);
    }
    if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') throw error;
    const isFlag = message.includes('does not take');
    const why = isFlag ? 'it takes no value' : 'it needs a value';
    return refuse(as, why, isFlag ? `write ${as}` : `${command} --help shows which`);
  }
}

export function ranksOf(text: string): number[] {
  return text.split(',').map((word) => wholeNumber('--ranks', word, 1, ranksMax, '--ranks 2,8,32'));
}

export function sizesOf(text: string): readonly number[] {
  const instead = 'write 8,1K,1M, or a range 8:64M (powers of 4) or 8:64M:2 (powers of 2), up to 1G';
  return parseSizes(text) ?? refuse(`--sizes ${text}`, 'not a list or range of sizes', instead);
}

export function number(as: string, text: string | undefined, most: number, usually: number): number {
  return text === undefined ? usually : wholeNumber(as, text, 1, most, `${as} ${String(usually)}`);
}

/** What of it is for `tsmpirun`. */
export function launchWords(values: {
  readonly backend?: string | undefined;
  readonly tuning?: string | undefined;
  readonly 'no-shared-memory'?: boolean | undefined;
}): string[] {
  const { backend, tuning, 'no-shared-memory': alone } = values;
  return [
    ...(backend === undefined ? [] : ['--backend', backend]),
    // Jobs start in a folder of their own.
    ...(tuning === undefined ? [] : ['--tuning', tuning === 'none' ? tuning : resolve(tuning)]),
    ...(alone === true ? ['--no-shared-memory'] : []),
  ];
}
