/**
 * Words of the commands of `tsmpi`, read or refused alike.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearest } from './nearest.ts';
import { refuse } from './refusal.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Read<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** The words, read by node's parser; its complaints become refusals. */
export function readWords<O extends Options>(
  words: readonly string[],
  options: O,
  command: string,
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
