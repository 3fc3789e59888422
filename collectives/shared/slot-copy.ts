/** Copies between arrays of one type, of which one lies in a slot. */
import type { NumericArray } from '../../runtime/core/api.ts';

/** Elements below which a loop is done before `set` has begun. */
const loopMax = 16;

/** The first `length` elements of `target` take those of `source`. */
export function copyShort(target: NumericArray, source: NumericArray, length: number): void {
  copyRange(target, 0, source, 0, length);
}

/** `length` elements of `target` from `to` on take those of `source` from `from` on. */
export function copyRange(target: NumericArray, to: number, source: NumericArray, from: number, length: number): void {
  const [into, out] = [target as Float64Array, source as Float64Array];
  if (length <= loopMax) {
    for (let i = 0; i < length; i += 1) into[to + i] = out[from + i] as number;
    return;
  }
  into.set(source.length === length ? out : out.subarray(from, from + length), to);
}
