/** From a user's value to the bytes that travel. */
import { serialize } from 'node:v8';
import type { Group } from './group.ts';
import type { Bytes } from './bytes.ts';
import { formatOf, spanOf } from './element-type.ts';
import { isStrided, pack } from './strided.ts';
import type { NumericArray } from '../core/api.ts';
import { callError } from './call-errors.ts';

/** A value on its way: its bytes (for a numeric array, the array's own memory), and how to read them. */
export interface Encoded {
  readonly format: number;
  readonly bytes: Bytes;
}

/** Throws ERR_TYPE for what structured clone refuses: functions, symbols, promises … */
export function encode(group: Group, operation: string, data: unknown): Encoded {
  const format = formatOf(data);
  if (format !== 0) return { format, bytes: spanOf(data as NumericArray) };
  if (isStrided(data)) {
    const packed = pack(data);
    return { format: formatOf(packed), bytes: spanOf(packed) };
  }
  try {
    return { format: 0, bytes: serialize(data) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw callError('ERR_TYPE', `the data cannot be serialised: ${why}`, {
      where: group.where(operation),
      rank: group.ownRank,
      operation,
      remedy: 'send plain data (structured clone), not functions or live objects',
      cause,
    });
  }
}
