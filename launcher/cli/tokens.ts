/**
 * From the words of a command line to programs with their options: `[options] script [arguments…]`, several of them
 * with ` : ` between.
 *
 * The first word that is no option is the script, and every word after it is the script's own, whatever it looks like.
 */
import { nearest } from './nearest.ts';
import { foreignOptions, type Option, type OptionName, options } from './options.ts';
import { refuse } from './refusal.ts';

/** One value of an option. `as` is the option as the user wrote it. */
export interface Given {
  readonly as: string;
  readonly value: string;
}

/** One program and the options before it. */
export interface ProgramWords {
  readonly given: ReadonlyMap<OptionName, readonly Given[]>;
  readonly script: string | undefined;
  readonly args: readonly string[];
}

/** The programs of a command line, without the name of the command itself. At least one. */
export function readWords(words: readonly string[]): ProgramWords[] {
  const programs: ProgramWords[] = [];
  let at = 0;
  do {
    const { program, next } = readProgram(words, at, programs.length > 0);
    programs.push(program);
    at = next;
  } while (at <= words.length);
  return programs;
}

/** `next` is where the following program begins: past the end of `words` when none does. */
function readProgram(
  words: readonly string[],
  start: number,
  isFurther: boolean,
): { program: ProgramWords; next: number } {
  const given = new Map<OptionName, Given[]>();
  let at = start;
  while (at < words.length) {
    const word = words[at] ?? '';
    if (word === '--' || word === ':' || word === '-' || !word.startsWith('-')) break;
    at = readOption(words, at, given, isFurther);
  }
  // After `--` nothing is an option, and ` : ` divides nothing: the way to give a script an argument `:`.
  const isLiteral = words[at] === '--';
  if (isLiteral) at++;
  const divider = isLiteral ? -1 : words.indexOf(':', at);
  const end = divider === -1 ? words.length : divider;
  const [script, ...args] = words.slice(at, end);
  return { program: { given, script, args }, next: end + 1 };
}

function readOption(words: readonly string[], at: number, given: Map<OptionName, Given[]>, isFurther: boolean): number {
  const word = words[at] ?? '';
  const { option, as, attached } = recognise(word);
  if (isFurther && option.perProgram !== true) {
    refuse(as, 'it concerns the whole job, not one program', 'write it before the first program');
  }
  const values = given.get(option.name) ?? [];
  given.set(option.name, values);
  if (option.value === undefined) {
    if (attached !== undefined) refuse(word, `${as} takes no value`, `write ${as}`);
    if (values.length === 0) values.push({ as, value: '' });
    return at + 1;
  }
  const value = attached ?? words[at + 1];
  if (value === undefined || (attached === undefined && isOption(value))) {
    const follows = value === undefined ? 'nothing' : value;
    refuse(as, `it needs a value, but ${follows} follows`, `write ${as} ${option.value}`);
  }
  const [earlier] = values;
  if (earlier !== undefined && option.repeatable !== true) {
    refuse(`${as} ${value}`, `${earlier.as} ${earlier.value} was given before`, 'give it once');
  }
  values.push({ as, value });
  return attached === undefined ? at + 2 : at + 1;
}

/** What follows an option that needs a value is its value, also when it is a negative number; another option is not. */
function isOption(word: string): boolean {
  return word === '--' || word === ':' || /^-(?:-[a-z]|[a-z]$)/i.test(word);
}

interface Recognised {
  readonly option: Option & { readonly name: OptionName };
  readonly as: string;
  readonly attached: string | undefined;
}

/** `--name`, `--name=value`, `-n`, `-n8`, `-n=8`. Refuses what it does not know, with the nearest that it does. */
function recognise(word: string): Recognised {
  const [, as = word, attached] = /^(--[^=]*)=(.*)$/s.exec(word) ?? /^(-[a-z])=?([\d+-].*)$/is.exec(word) ?? [];
  const option = options.find(({ name, short }) => as === `--${name}` || (short !== undefined && as === `-${short}`));
  if (option !== undefined) return { option, as, attached };
  const foreign = foreignOptions[as];
  if (foreign !== undefined) return refuse(as, 'unknown option', foreign);
  if (/^-\d/.test(word))
    return refuse(word, 'neither an option nor a program', 'write the number of ranks as -n NUMBER');
  const known = options.flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
  const guess = nearest(as, known) ?? nearest(`-${as}`, known);
  const instead = guess === undefined ? 'tsmpirun --help lists them' : `did you mean ${guess}?`;
  return refuse(as, 'unknown option', instead);
}
