/**
 * A part of a segment that one user has, a lane say, with views of its own. Where the segment is mapped they lie over
 * an ordinary buffer: `set` copies such memory several times as fast as that of a SharedArrayBuffer.
 */
import type { NumericArray } from '../core/api.ts';
import { elementConstructorOf, elementConstructors, elementShifts } from '../core/element-constructors.ts';

/** Up to so many elements a loop beats `set`. */
const loopElementsMax = 8;
/** Views of parts of up to so many bytes are kept for the next time, one for each so many bytes of the region. */
const keptBytesMax = 16 * 1024;
const partShift = 5;

/** Memory that views can be made of: from `start` of `buffer` on. */
export interface Ground {
  readonly buffer: ArrayBufferLike;
  readonly start: number;
}

export class Region {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly #buffer: ArrayBuffer;
  readonly #start: number;
  readonly #bytes: number;
  /** All of it as each type, by its code; made when first asked for. */
  readonly #views: (NumericArray | undefined)[] = new Array<undefined>(elementConstructors.length + 1).fill(undefined);
  /** Parts by code, then by where they start. A ring gives the same ones again and again. */
  readonly #parts: Parts[] = [];

  /** `ground` starts at a multiple of 8. */
  constructor({ buffer, start }: Ground, bytes: number) {
    // As far as types go; atomics and `set` work on both kinds.
    this.#buffer = buffer as ArrayBuffer;
    this.#start = start;
    this.#bytes = bytes;
    this.words = new Int32Array(this.#buffer, start, bytes >> 2);
    this.floats = new Float64Array(this.#buffer, start, bytes >> 3);
  }

  /** `bytes` bytes at `at`, as an array of the type with code `format`. */
  part(format: number, at: number, bytes: number): NumericArray {
    const constructor = elementConstructorOf(format);
    return new constructor(this.#buffer, this.#start + at, bytes / constructor.BYTES_PER_ELEMENT);
  }

  /** Copies `length` elements, all of an array of the type with code `format`, to `at`, a multiple of 8. */
  write(at: number, format: number, source: NumericArray, length: number): void {
    // All arrays here are of one type, whichever it is.
    const view = (this.#views[format] ?? this.#view(format)) as Float64Array;
    const from = source as Float64Array;
    const first = at >>> (elementShifts[format] ?? 0);
    if (length > loopElementsMax) view.set(from, first);
    else for (let index = 0; index < length; index += 1) view[first + index] = from[index] as number;
  }

  /** Copies `length` elements at `at`, a multiple of 8, to the start of `target`, of the type with code `format`. */
  read(target: NumericArray, format: number, at: number, length: number): void {
    const into = target as Float64Array;
    if (length > loopElementsMax) {
      into.set(this.#kept(format, at, length) as Float64Array);
      return;
    }
    const view = (this.#views[format] ?? this.#view(format)) as Float64Array;
    const first = at >>> (elementShifts[format] ?? 0);
    for (let index = 0; index < length; index += 1) into[index] = view[first + index] as number;
  }

  #view(format: number): NumericArray {
    const view = this.part(format, 0, this.#bytes - (this.#bytes & 7));
    this.#views[format] = view;
    return view;
  }

  /** A view of a part; making one costs more than copying a few hundred bytes. */
  #kept(format: number, at: number, length: number): NumericArray {
    const bytes = length << (elementShifts[format] ?? 0);
    if (bytes > keptBytesMax) return this.part(format, at, bytes);
    const parts = (this.#parts[format] ??= partsOf(this.#bytes));
    const index = at >>> partShift;
    const kept = parts.views[index];
    if (kept !== undefined && parts.starts[index] === at && kept.length === length) return kept;
    const part = this.part(format, at, bytes);
    parts.views[index] = part;
    parts.starts[index] = at;
    return part;
  }
}

/** Views of one type, and where each starts: V8 calls the getter of `byteOffset`. */
interface Parts {
  readonly views: (NumericArray | undefined)[];
  readonly starts: Int32Array;
}

function partsOf(bytes: number): Parts {
  const count = (bytes >>> partShift) + 1;
  return { views: new Array<undefined>(count).fill(undefined), starts: new Int32Array(count) };
}
