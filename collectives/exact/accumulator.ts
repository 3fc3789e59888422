/**
 * The exact sum of any number of doubles, as an integer in units of the smallest of them.
 *
 * Source: R. M. Neal, «Fast exact summation using small and large superaccumulators», arXiv:1505.05571, §2, the small
 * one: a chunk for each 32 bits of exponent. Chunks are doubles that hold integers, so that those of many ranks add up
 * by an ordinary sum, exactly.
 */

/** Chunks for exponents of −1074 to 1023, and above them room for 2^64 values of the largest one. */
const chunks = 68;
/** Values that a chunk takes, each below 2^32, before carries must go up: its integers stay below 2^53. */
const addsMax = 2 ** 20;
/** Behind the chunks: infinities of each sign, NaNs, and values that are not −0. */
const positiveAt = chunks;
const negativeAt = chunks + 1;
const nanAt = chunks + 2;
const otherAt = chunks + 3;
const countAt = chunks + 4;
const accumulatorLength = chunks + 5;

const word = 2 ** 32;
/** Of the numbers' bits. */
const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
const low = isLittleEndian ? 0 : 1;
const high = isLittleEndian ? 1 : 0;

/** The sum of `values`: what ranks' accumulators add up to elementwise is that of all of them (up to 2^20). */
export function accumulate(values: Float64Array | Float32Array): Float64Array {
  const sum = new Float64Array(accumulatorLength);
  let adds = 0;
  let isMinusZero = values.length > 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    isMinusZero &&= Object.is(value, -0);
    if (value !== 0 && Number.isFinite(value)) add(sum, value);
    else addSpecial(sum, value);
    adds += 1;
    if (adds === addsMax) {
      carry(sum);
      adds = 0;
    }
  }
  carry(sum);
  sum[otherAt] = isMinusZero || values.length === 0 ? 0 : 1;
  sum[countAt] = values.length === 0 ? 0 : 1;
  return sum;
}

/** A finite value: its 53 bits, shifted to where its exponent says, lie in three chunks. */
function add(sum: Float64Array, value: number): void {
  number[0] = value;
  const top = halves[high] ?? 0;
  const bottom = halves[low] ?? 0;
  const exponent = (top >>> 20) & 0x7ff;
  // Of a subnormal number no bit is hidden, and its exponent is that of the smallest normal one.
  const mantissa = exponent === 0 ? top & 0xfffff : (top & 0xfffff) | 0x100000;
  const place = Math.max(exponent, 1) - 1;
  const chunk = place >>> 5;
  const shift = place & 31;
  const first = (bottom << shift) >>> 0;
  const second = ((shift === 0 ? 0 : bottom >>> (32 - shift)) | (mantissa << shift)) >>> 0;
  const third = shift === 0 ? 0 : mantissa >>> (32 - shift);
  const sign = top >>> 31 === 0 ? 1 : -1;
  sum[chunk] = (sum[chunk] ?? 0) + sign * first;
  sum[chunk + 1] = (sum[chunk + 1] ?? 0) + sign * second;
  sum[chunk + 2] = (sum[chunk + 2] ?? 0) + sign * third;
}

function addSpecial(sum: Float64Array, value: number): void {
  if (value === 0) return;
  const at = Number.isNaN(value) ? nanAt : value > 0 ? positiveAt : negativeAt;
  sum[at] = 1;
}

/** Makes every chunk but the last one a number from 0 to 2^32 − 1. */
function carry(sum: Float64Array): void {
  for (let chunk = 0; chunk < chunks - 1; chunk += 1) {
    const value = sum[chunk] ?? 0;
    const up = Math.floor(value / word);
    sum[chunk] = value - up * word;
    sum[chunk + 1] = (sum[chunk + 1] ?? 0) + up;
  }
}

/**
 * The double nearest to the sum, ties to even. Of opposite infinities, or of a NaN, it is NaN; a sum of −0s alone is
 * −0, as IEEE 754 adds them; of nothing, 0.
 */
export function rounded(sum: Float64Array): number {
  const has = (at: number): boolean => (sum[at] ?? 0) > 0;
  if (has(nanAt) || (has(positiveAt) && has(negativeAt))) return Number.NaN;
  if (has(positiveAt)) return Infinity;
  if (has(negativeAt)) return -Infinity;
  let total = 0n;
  for (let chunk = chunks - 1; chunk >= 0; chunk -= 1) total = (total << 32n) + BigInt(sum[chunk] ?? 0);
  if (total === 0n) return has(countAt) && !has(otherAt) ? -0 : 0;
  return total < 0n ? -nearest(-total) : nearest(total);
}

/** The double nearest to `units` of 2^−1074. */
function nearest(units: bigint): number {
  const bits = units.toString(2).length;
  // What Number makes of so few bits is exact.
  if (bits <= 53) return Number(units) * 2 ** -1074;
  const dropped = BigInt(bits - 53);
  let kept = units >> dropped;
  const rest = units - (kept << dropped);
  const half = 1n << (dropped - 1n);
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  // In two factors: 2^−1074 alone would make subnormal what is not.
  const exponent = bits - 53 - 1074;
  const firstHalf = Math.trunc(exponent / 2);
  return Number(kept) * 2 ** firstHalf * 2 ** (exponent - firstHalf);
}
