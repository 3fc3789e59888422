/**
 * The elements of a window's part, changed one at a time and each as a whole: by ranks of the segment, and by an agent
 * for ranks elsewhere, at once and in no order. Nothing is locked, so nobody who dies leaves a lock behind: an element
 * is changed by comparing and swapping its bits.
 */
import type { NumericArray, NumericArrayConstructor } from '../../core/api.ts';
import { elementConstructorOf } from '../../core/element-constructors.ts';
import type { Combine, Element } from './window-ops.ts';

/** The integers that the bits of each type are swapped as, in the order of `elementConstructors`. */
const bitsConstructors: readonly NumericArrayConstructor[] = [
  ...[Int8Array, Uint8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[BigInt64Array, BigUint64Array, Int32Array, BigInt64Array],
];

/** Those of the wider types are big integers; what is done with them is the same. */
type Bits = Int32Array;

export class Elements {
  readonly #elements: NumericArray;
  readonly #bits: Bits;
  /** One element, and its bits. */
  readonly #scratch: NumericArray;
  readonly #scratchBits: Bits;

  /** `length` elements of the type with code `format`, at a multiple of 8 of the segment. */
  constructor(buffer: SharedArrayBuffer, at: number, length: number, format: number) {
    const Type = elementConstructorOf(format);
    const BitsType = bitsConstructors[format - 1] ?? Uint8Array;
    this.#elements = new Type(buffer as unknown as ArrayBuffer, at, length);
    this.#bits = new BitsType(buffer as unknown as ArrayBuffer, at, length) as unknown as Bits;
    this.#scratch = new Type(1);
    this.#scratchBits = new BitsType(this.#scratch.buffer as ArrayBuffer) as unknown as Bits;
  }

  /** Copies all of `target`'s length from element `at` on: one by one, because a copy of bytes may tear elements. */
  get(at: number, target: NumericArray): void {
    const elements = this.#elements;
    for (let index = 0; index < target.length; index += 1) target[index] = elements[at + index] ?? 0;
  }

  put(at: number, source: NumericArray): void {
    const elements = this.#elements;
    for (let index = 0; index < source.length; index += 1) elements[at + index] = source[index] ?? 0;
  }

  /** Combines each element with one of `operands`, and gives those before in `before`, if there is such. */
  update(at: number, operands: NumericArray, combine: Combine, before: NumericArray | null): void {
    const [bits, scratch, scratchBits] = [this.#bits, this.#scratch, this.#scratchBits];
    for (let index = 0; index < operands.length; index += 1) {
      const operand = operands[index] ?? 0;
      for (;;) {
        const seen = Atomics.load(bits, at + index);
        scratchBits[0] = seen;
        const old: Element = scratch[0] ?? 0;
        if (before !== null) before[index] = old;
        // The type of the array is what wraps, rounds and clamps.
        scratch[0] = combine(old, operand);
        if (Atomics.compareExchange(bits, at + index, seen, scratchBits[0]) === seen) break;
      }
    }
  }

  /** Replaces the element where its bits are those of `expected`, and gives the one before in `before`. */
  compareAndSwap(at: number, expected: Element, replacement: Element, before: NumericArray): void {
    const [scratch, scratchBits] = [this.#scratch, this.#scratchBits];
    scratch[0] = expected;
    const [wanted = 0] = scratchBits;
    scratch[0] = replacement;
    const [bits = 0] = scratchBits;
    scratchBits[0] = Atomics.compareExchange(this.#bits, at, wanted, bits);
    const [old = 0] = scratch;
    before[0] = old;
  }
}
