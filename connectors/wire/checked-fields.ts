/** Documents of configuration, read strictly: what is not known is refused, and nothing is guessed. */
import { TsmpiError } from '../../runtime/core/errors.ts';

type Fields = Readonly<Record<string, unknown>>;

export function badField(place: string, what: string, remedy?: string): TsmpiError {
  return new TsmpiError('ERR_ARGUMENT', what, { where: place, remedy });
}

/** The document in a text. What node says of one that is none quotes it, and it may hold secrets. */
export function parseDocument(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badField(place, 'is not JSON');
  }
}

/** An object whose keys are all among `known`. Throws ERR_ARGUMENT naming the one that is not. */
export function fieldsOf(value: unknown, place: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badField(place, 'is not an object');
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw badField(place, `unknown key ${JSON.stringify(unknown)}`, `it takes ${known.join(', ')}`);
  }
  return value as Fields;
}

export function textOf(fields: Fields, name: string, place: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw badField(place, `${name} is not a text with something in it`);
  return value;
}

/** An object of texts: these, and no others. */
export function textsUnder<K extends string>(value: unknown, place: string, names: readonly K[]): Record<K, string> {
  const fields = fieldsOf(value, place, names);
  return Object.fromEntries(names.map((name) => [name, textOf(fields, name, place)])) as Record<K, string>;
}

/** The number, or undefined where it is left out. */
export function numberIn(fields: Fields, name: string, place: string, least: number, most: number): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw badField(
      place,
      `${name} is ${JSON.stringify(value)}`,
      `give an integer from ${String(least)} to ${String(most)}`,
    );
  }
  return value;
}

/** The flag, or undefined where it is left out. */
export function flagIn(fields: Fields, name: string, place: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw badField(place, `${name} is ${JSON.stringify(value)}`, 'write true or false');
}

/** The texts, or undefined where they are left out. */
export function textsIn(fields: Fields, name: string, place: string): readonly string[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((each): each is string => typeof each === 'string' && each !== '')) {
    throw badField(place, `${name} is not a list of texts`);
  }
  return value;
}
