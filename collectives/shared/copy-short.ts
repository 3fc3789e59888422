import type { NumericArray } from '../../runtime/core/api.ts';

/** Elements below which a loop is done before `set` has begun. */
const loopMax = 16;

/** The first `length` elements of `target` take those of `source`, which has the same type and lies elsewhere. */
export function copyShort(target: NumericArray, source: NumericArray, length: number): void {
  if (length <= loopMax) {
    const [to, from] = [target as Float64Array, source as Float64Array];
    for (let i = 0; i < length; i += 1) to[i] = from[i] as number;
    return;
  }
  const all = source.length === length ? source : source.subarray(0, length);
  (target as Float64Array).set(all as Float64Array);
}
