/** The operations of windows, on one element: MPI's, with MPI_REPLACE and MPI_NO_OP. */

export type Element = number | bigint;
export type Combine = (old: Element, operand: Element) => Element;

/** The results are stored in the window's type, which wraps, rounds or clamps them. */
const combines: Readonly<Record<string, Combine>> = {
  sum: (old, operand) => (isBig(old) ? old + (operand as bigint) : old + (operand as number)),
  prod: (old, operand) => (isBig(old) ? old * (operand as bigint) : old * (operand as number)),
  min: (old, operand) => (isBig(old) ? smaller(old, operand as bigint) : Math.min(old, operand as number)),
  max: (old, operand) => (isBig(old) ? -smaller(-old, -(operand as bigint)) : Math.max(old, operand as number)),
  land: (old, operand) => truth(old, Boolean(old) && Boolean(operand)),
  lor: (old, operand) => truth(old, Boolean(old) || Boolean(operand)),
  lxor: (old, operand) => truth(old, Boolean(old) !== Boolean(operand)),
  band: (old, operand) => (isBig(old) ? old & (operand as bigint) : old & (operand as number)),
  bor: (old, operand) => (isBig(old) ? old | (operand as bigint) : old | (operand as number)),
  bxor: (old, operand) => (isBig(old) ? old ^ (operand as bigint) : old ^ (operand as number)),
  replace: (_old, operand) => operand,
  noop: (old) => old,
};

/** In the order of their codes, from 0 on. */
export const windowOps: readonly string[] = Object.keys(combines);
/** The product of two integers of 32 bits has more digits than a double. */
const product32: Combine = (old, operand) => Math.imul(old as number, operand as number);
const prodCode = windowOps.indexOf('prod');
const int32Format = 6;
const uint32Format = 7;
const floatFormatMin = 10;

/** Those that floating-point numbers have, too. */
const arithmetic = ['sum', 'prod', 'min', 'max', 'replace', 'noop'];

/** The operation with a code on elements of a type; undefined where there is no such. */
export function combineOf(code: number, format: number): Combine | undefined {
  const name = windowOps[code] ?? '';
  if (format >= floatFormatMin && !arithmetic.includes(name)) return undefined;
  if (code === prodCode && (format === int32Format || format === uint32Format)) return product32;
  return combines[name];
}

function isBig(value: Element): value is bigint {
  return typeof value === 'bigint';
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function truth(like: Element, value: boolean): Element {
  if (isBig(like)) return value ? 1n : 0n;
  return value ? 1 : 0;
}
