/** Secrets in the agent's file: written there, or in a variable of its environment, or in a file of their own. */
import { readFileSync } from 'node:fs';
import { badField, fieldsOf, textOf } from '../wire/checked-fields.ts';

/**
 * The text of `"…"`, `{ "env": "NAME" }` or `{ "file": "/path" }` (without the end of its last line). Throws
 * ERR_ARGUMENT that names `what`, and never what it is.
 */
export function secretFrom(value: unknown, what: string, place: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined) throw badField(place, `${what} is missing`);
  const fields = fieldsOf(value, `${place}: ${what}`, ['env', 'file']);
  if (fields['env'] !== undefined && fields['file'] === undefined) {
    const name = textOf(fields, 'env', place);
    const found = process.env[name];
    if (found !== undefined && found !== '') return found;
    throw badField(place, `${what}: the environment has no ${name}`, 'set it where the agent starts');
  }
  if (fields['file'] === undefined || fields['env'] !== undefined) {
    throw badField(place, `${what} is no secret`, 'write a text, { "env": … } or { "file": … }');
  }
  const path = textOf(fields, 'file', place);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/u, '');
  } catch (error) {
    throw badField(place, `${what}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? '?'})`);
  }
}
