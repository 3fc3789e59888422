/** What an agent tells its gateway of itself: a line of JSON on a request that stays open, again at each change. */
import { TsmpiError } from '../../runtime/core/errors.ts';
import { fieldsOf, numberIn, textOf } from './checked-fields.ts';
import { isName } from './names.ts';

export const registrationPath = '/v1/registration';
export const streamsPath = '/v1/streams';

export interface OfferedResource {
  readonly kind: string;
  /** On which clients inside a sandbox dial it. */
  readonly port: number;
}

export interface Registration {
  /** Of two with one name the one with the larger number counts. */
  readonly generation: number;
  readonly resources: Readonly<Record<string, OfferedResource>>;
}

export function registrationLine(registration: Registration): string {
  return `${JSON.stringify(registration)}\n`;
}

/** Throws ERR_PROTOCOL: an agent that says anything else is not believed. */
export function parseRegistration(line: string): Registration {
  try {
    const place = 'registration';
    const fields = fieldsOf(JSON.parse(line), place, ['generation', 'resources']);
    const generation = numberIn(fields, 'generation', place, 0, Number.MAX_SAFE_INTEGER) ?? 0;
    const resources = new Map<string, OfferedResource>();
    for (const [name, value] of Object.entries(fields['resources'] as object)) {
      if (!isName(name)) throw new Error('a resource without a name');
      const offer = fieldsOf(value, name, ['kind', 'port']);
      resources.set(name, {
        kind: textOf(offer, 'kind', name),
        port: numberIn(offer, 'port', name, 1024, 65_535) ?? 0,
      });
    }
    return { generation, resources: Object.fromEntries(resources) };
  } catch (error) {
    throw new TsmpiError('ERR_PROTOCOL', `an agent's registration cannot be read (${(error as Error).message})`);
  }
}
