/**
 * The bytes of a message. Node 20 has a Uint8Array of at most 4 GiB, and other arrays of up to 4 Gi elements: of what
 * is longer only a part is seen at once. All that is short is a plain Uint8Array.
 */
import { constants } from 'node:buffer';

export interface Bytes {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** A part that a Uint8Array can have. */
  subarray(from: number, to: number): Uint8Array;
}

/** More than node sees at once. */
export class LongBytes implements Bytes {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;

  constructor(buffer: ArrayBufferLike, byteOffset: number, byteLength: number) {
    [this.buffer, this.byteOffset, this.byteLength] = [buffer, byteOffset, byteLength];
  }

  subarray(from: number, to: number): Uint8Array {
    return new Uint8Array(this.buffer, this.byteOffset + from, to - from);
  }
}

/** What is in a record, or in a segment, is never longer than node sees at once. */
export function seen(bytes: Bytes): Uint8Array {
  return bytes as Uint8Array;
}

/** Memory for so many. */
export function roomFor(byteLength: number): Bytes {
  if (byteLength <= constants.MAX_LENGTH) return new Uint8Array(byteLength);
  return new LongBytes(new ArrayBuffer(byteLength), 0, byteLength);
}

/** The front of `bytes`. */
export function frontOf(bytes: Bytes, byteLength: number): Bytes {
  if (byteLength === bytes.byteLength) return bytes;
  if (byteLength <= constants.MAX_LENGTH) return bytes.subarray(0, byteLength);
  return new LongBytes(bytes.buffer, bytes.byteOffset, byteLength);
}

const copiedBytes = 2 ** 30;

/** Copies the first `byteLength` bytes of `source`. */
export function copyFront(target: Bytes, source: Bytes, byteLength: number): void {
  for (let at = 0; at < byteLength; at += copiedBytes) {
    const to = Math.min(at + copiedBytes, byteLength);
    target.subarray(at, to).set(source.subarray(at, to));
  }
}
