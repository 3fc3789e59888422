/** The kinds of receive: a user's, a probe's and a collective's. */
import { deserialize } from 'node:v8';
import type { Message as ReceivedMessage, NumericArray, Strided } from '../core/api.ts';
import { type Bytes, frontOf, roomFor, seen } from './bytes.ts';
import { arrayOver, elementBytes, formatName, formatOf, spanOf } from './element-type.ts';
import type { Group } from './group.ts';
import { type ReceiveFields, ReceiveOperation, type Refusal } from './operation.ts';
import { isStrided, unpack } from './strided.ts';

/** Where a user wants a message. */
export type Into = NumericArray | Strided | undefined;

/** `recv`: into an array of the user's, or into memory of its own that becomes the data. */
export class UserReceive extends ReceiveOperation {
  readonly #into: Into;
  readonly #format: number;
  readonly #room: number;
  #buffer: Bytes | null = null;

  constructor(group: Group, fields: ReceiveFields, into: Into) {
    super(group, fields);
    this.#into = into;
    const array = isStrided(into) ? into.array : into;
    this.#format = array === undefined ? 0 : formatOf(array);
    const elements = isStrided(into) ? into.count * into.blockLength : (into?.length ?? 0);
    this.#room = elements * elementBytes(this.#format);
  }

  refuse(bytes: number, format: number): Refusal | null {
    if (this.#into === undefined) return null;
    if (format !== this.#format) {
      const what = `the message holds ${typeName(format)}, into is ${typeName(this.#format)}`;
      const remedy = format === 0 ? 'receive it without into' : 'pass an array of its type, or none';
      return { code: 'ERR_TYPE', what, remedy };
    }
    if (bytes <= this.#room) return null;
    const what = `message of ${String(bytes)} bytes, array of ${String(this.#room)} bytes`;
    return { code: 'ERR_TRUNCATE', what, remedy: 'pass a larger array, or probe first' };
  }

  open(bytes: number): Bytes {
    const into = this.#into;
    const own = into === undefined || isStrided(into);
    this.#buffer = own ? roomFor(bytes) : frontOf(spanOf(into), bytes);
    return this.#buffer;
  }

  override adopt(payload: Bytes): boolean {
    if (this.#into !== undefined && !isStrided(this.#into)) return false;
    this.#buffer = payload;
    return true;
  }

  /** The message, once it is here. Throws ERR_TYPE for bytes that are no value. */
  result<T>(): ReceivedMessage<T> {
    const { message } = this;
    if (message === null) throw new Error('a receive has no result before it is done');
    const { tag, bytes, format } = message;
    return { source: this.group.rankOf(message.source), tag, bytes, data: this.#data(bytes, format) as T };
  }

  #data(bytes: number, format: number): unknown {
    const into = this.#into;
    const buffer = this.#buffer ?? new Uint8Array(0);
    if (isStrided(into)) {
      unpack(arrayOver(buffer, format), into);
      return into.array;
    }
    if (into !== undefined) return bytes === into.byteLength ? into : into.subarray(0, bytes / elementBytes(format));
    if (format !== 0) return arrayOver(buffer, format);
    try {
      return deserialize(seen(buffer));
    } catch (cause) {
      const remedy = 'run the same version of Node in every rank';
      throw this.failure('ERR_TYPE', `${String(bytes)} bytes that are no serialised value`, remedy, undefined, cause);
    }
  }
}

/** `probe`: takes any message that matches, and leaves its bytes where they are. */
export class Probe extends ReceiveOperation {
  override get probes(): boolean {
    return true;
  }
  refuse(): null {
    return null;
  }
  open(): Uint8Array {
    throw new Error('a probe takes no bytes');
  }
}

/** A collective's receive: raw bytes, as many as there is room for or fewer. */
export class ExactReceive extends ReceiveOperation {
  readonly #into: Uint8Array;

  constructor(group: Group, fields: ReceiveFields, into: Uint8Array) {
    super(group, fields);
    this.#into = into;
  }

  refuse(bytes: number): Refusal | null {
    const room = this.#into.byteLength;
    if (bytes <= room) return null;
    const what = `${this.group.nameOf(this.source)} sent ${String(bytes)} bytes where ${String(room)} were expected`;
    return { code: 'ERR_TRUNCATE', what, remedy: 'pass the same lengths, counts and types on every rank' };
  }

  open(bytes: number): Bytes {
    return frontOf(this.#into, bytes);
  }
}

function typeName(format: number): string {
  const name = formatName(format);
  if (format === 0) return name;
  return /^[AEIOU]/u.test(name) && !name.startsWith('U') ? `an ${name}` : `a ${name}`;
}
