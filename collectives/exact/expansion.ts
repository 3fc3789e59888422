/**
 * The correctly rounded sum of a few doubles, without an accumulator: as an expansion whose parts do not overlap.
 *
 * Source: J. R. Shewchuk, «Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates», Discrete
 * & Computational Geometry 18, 1997, §2.4 (grow expansion).
 */
import { accumulate, rounded } from './accumulator.ts';

/** Above it sums on the way might overflow where the whole does not. */
const safeMax = 2 ** 960;

const bits = new BigInt64Array(1);
const asNumber = new Float64Array(bits.buffer);

/** Adds up lists of up to so many values, one list after another. */
export class ExactSum {
  /** Of increasing magnitude; each one is the rounding error of those above it. */
  readonly #parts: Float64Array;
  readonly #values: Float64Array;
  #isMinusZero = true;

  constructor(length: number) {
    this.#parts = new Float64Array(length + 1);
    this.#values = new Float64Array(length);
  }

  /**
   * The nearest double to the sum of `length` values: `valueAt(0)` to `valueAt(length - 1)`. Of −0s alone it is −0.
   */
  nearest(valueAt: (index: number) => number): number {
    const count = this.#grow(valueAt);
    return count < 0 ? rounded(accumulate(this.#values)) : this.#round(count, false);
  }

  /** The nearest single to the sum of singles. */
  nearestSingle(valueAt: (index: number) => number): number {
    const count = this.#grow(valueAt);
    // Rounded to odd first, no second rounding goes wrong (S. Boldo, G. Melquiond, IEEE Trans. Computers 57(4), 2008).
    return Math.fround(count < 0 ? rounded(accumulate(this.#values)) : this.#round(count, true));
  }

  /** How many parts there are; −1 where the values are not for this method. */
  #grow(valueAt: (index: number) => number): number {
    const parts = this.#parts;
    let count = 0;
    let isSafe = true;
    this.#isMinusZero = true;
    for (let index = 0; index < this.#values.length; index += 1) {
      let value = valueAt(index);
      this.#values[index] = value;
      isSafe &&= Math.abs(value) < safeMax;
      this.#isMinusZero &&= Object.is(value, -0);
      let kept = 0;
      for (let part = 0; part < count; part += 1) {
        const other = parts[part] ?? 0;
        const sum = value + other;
        // The error of the sum, whichever of the two is larger (Knuth's TwoSum).
        const back = sum - value;
        const error = value - (sum - back) + (other - back);
        if (error !== 0) {
          parts[kept] = error;
          kept += 1;
        }
        value = sum;
      }
      parts[kept] = value;
      count = kept + 1;
    }
    return isSafe ? count : -1;
  }

  #round(count: number, toOdd: boolean): number {
    const parts = this.#parts;
    let at = count - 1;
    let sum = parts[at] ?? 0;
    let error = 0;
    while (at > 0 && error === 0) {
      at -= 1;
      const other = parts[at] ?? 0;
      const next = sum + other;
      error = other - (next - sum);
      sum = next;
    }
    if (error === 0) return sum === 0 && !this.#isMinusZero ? 0 : sum;
    if (toOdd) return odd(sum, error);
    // Half way between two doubles by `error` alone: what lies below decides.
    const below = at > 0 ? (parts[at - 1] ?? 0) : 0;
    const doubled = error * 2;
    const up = sum + doubled;
    return below !== 0 && below < 0 === error < 0 && up - sum === doubled ? up : sum;
  }
}

/** Of the two doubles around `sum + error` the one with an odd last bit. */
function odd(sum: number, error: number): number {
  asNumber[0] = sum;
  const word = bits[0] ?? 0n;
  if ((word & 1n) === 1n) return sum;
  bits[0] = word + (sum > 0 === error > 0 ? 1n : -1n);
  return asNumber[0];
}
