/**
 * Copies between a segment and the memory of a thread, each size by what is fastest for it: a loop for a few elements,
 * `set` (which needs a view of the segment, one more object, on the way out), the C library for what outweighs the
 * call.
 */
import type { NumericArray } from '../core/api.ts';
import { elementConstructors } from '../core/element-constructors.ts';
import type { Libc } from './libc.ts';

/** Up to so many elements a loop beats `set`. */
const loopElementsMax = 16;
/** Copies of at least so many bytes are worth a call into the C library. */
const libcBytesMin = 8192;

export class Copies {
  readonly #bytes: Uint8Array;
  /** The whole segment as each type, by its code. */
  readonly #views: readonly NumericArray[];
  readonly #libc: Libc | null;
  readonly #base: number;

  /** `base` is the segment's address in this process. */
  constructor(buffer: SharedArrayBuffer, libc: Libc | null, base: number) {
    this.#bytes = new Uint8Array(buffer);
    const views = elementConstructors.map((constructor) => new constructor(buffer as unknown as ArrayBuffer));
    this.#views = [this.#bytes, ...views];
    this.#libc = libc;
    this.#base = base;
  }

  /** Copies `source` to `offset` of the segment. */
  copyIn(offset: number, source: Uint8Array): void {
    const { byteLength } = source;
    if (byteLength < libcBytesMin || this.#libc === null) this.#bytes.set(source, offset);
    else this.#libc.copyIn(this.#base + offset, source, byteLength);
  }

  /** Copies `bytes` bytes at `offset` of the segment to the start of `target`. */
  copyOut(target: Uint8Array, offset: number, bytes: number): void {
    if (bytes === 0) return;
    if (bytes < libcBytesMin || this.#libc === null) target.set(this.#bytes.subarray(offset, offset + bytes));
    else this.#libc.copyOut(target, this.#base + offset, bytes);
  }

  /** Writes zeros. */
  clear(offset: number, bytes: number): void {
    if (bytes < libcBytesMin || this.#libc === null) this.#bytes.fill(0, offset, offset + bytes);
    else this.#libc.clear(this.#base + offset, bytes);
  }

  /** Copies an array of the type with code `format` to `offset` of the segment, a multiple of 8. */
  writeArray(offset: number, format: number, source: NumericArray): void {
    const { length, byteLength } = source;
    if (byteLength >= libcBytesMin && this.#libc !== null) {
      this.#libc.copyIn(this.#base + offset, source, byteLength);
      return;
    }
    // All arrays here are of one type, whichever it is.
    const view = this.#views[format] as Float64Array;
    const from = source as Float64Array;
    const at = offset / view.BYTES_PER_ELEMENT;
    if (length > loopElementsMax) view.set(from, at);
    else for (let index = 0; index < length; index += 1) view[at + index] = from[index] as number;
  }

  /** Copies `bytes` bytes at `offset` of the segment to the start of `target`, of the type with code `format`. */
  readArray(target: NumericArray, format: number, offset: number, bytes: number): void {
    if (bytes >= libcBytesMin && this.#libc !== null) {
      this.#libc.copyOut(target, this.#base + offset, bytes);
      return;
    }
    const view = this.#views[format] as Float64Array;
    const into = target as Float64Array;
    const at = offset / view.BYTES_PER_ELEMENT;
    const length = bytes / view.BYTES_PER_ELEMENT;
    if (length > loopElementsMax) into.set(view.subarray(at, at + length));
    else for (let index = 0; index < length; index += 1) into[index] = view[at + index] as number;
  }
}
