/**
 * The predefined ops, each on a vector of 16 bytes and on one element. Of T only the width counts, except for min and
 * max and for the two that clamp: integers that wrap have the same bits signed or not.
 */

export class Sum<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return (a + b) as T;
  }
}

export class Prod<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    if (sizeof<T>() > 1) return v128.mul<T>(a, b);
    // There is no product of bytes. In lanes of 16 bits the low byte is that of the even bytes; an odd byte times an
    // odd byte left where it is comes out in the high one.
    const even = v128.and(v128.mul<u16>(a, b), v128.splat<u16>(0x00ff));
    const odd = v128.mul<u16>(v128.shr<u16>(a, 8), v128.and(b, v128.splat<u16>(0xff00)));
    return v128.or(even, odd);
  }

  @inline
  scalar(a: T, b: T): T {
    return (a * b) as T;
  }
}

/** A Uint8ClampedArray's sum stays at 255. */
export class SumClamped<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    return v128.add_sat<u8>(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return min<u32>((a as u32) + (b as u32), 255) as T;
  }
}

/** A Uint8ClampedArray's product stays at 255. */
export class ProdClamped<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    const most = v128.splat<u16>(255);
    const low = v128.min<u16>(v128.extmul_low<u8>(a, b), most);
    return v128.narrow<u16>(low, v128.min<u16>(v128.extmul_high<u8>(a, b), most));
  }

  @inline
  scalar(a: T, b: T): T {
    return min<u32>((a as u32) * (b as u32), 255) as T;
  }
}

/** NaN when either is, and −0 below +0: what WebAssembly and Math.min both say. */
export class Min<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    if (isInteger<T>() && sizeof<T>() == 8) return v128.bitselect(b, a, greater<T>(a, b));
    return v128.min<T>(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return min<T>(a, b);
  }
}

export class Max<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    if (isInteger<T>() && sizeof<T>() == 8) return v128.bitselect(a, b, greater<T>(a, b));
    return v128.max<T>(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return max<T>(a, b);
  }
}

/** Where a > b, in lanes of 64 bits. Only signed ones can be compared: unsigned ones have their order once shifted. */
function greater<T>(a: v128, b: v128): v128 {
  if (isSigned<T>()) return v128.gt<i64>(a, b);
  const shift = v128.splat<i64>(i64.MIN_VALUE);
  return v128.gt<i64>(v128.xor(a, shift), v128.xor(b, shift));
}

/** Zero is false; the logical ops give 0 or 1. */
export class Land<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    const zero = v128.splat<T>(0 as T);
    return v128.andnot(v128.splat<T>(1 as T), v128.or(v128.eq<T>(a, zero), v128.eq<T>(b, zero)));
  }

  @inline
  scalar(a: T, b: T): T {
    return (u32(a != 0) & u32(b != 0)) as T;
  }
}

export class Lor<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    return v128.andnot(v128.splat<T>(1 as T), v128.eq<T>(v128.or(a, b), v128.splat<T>(0 as T)));
  }

  @inline
  scalar(a: T, b: T): T {
    return u32((a | b) != 0) as T;
  }
}

export class Lxor<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    const zero = v128.splat<T>(0 as T);
    return v128.and(v128.splat<T>(1 as T), v128.xor(v128.eq<T>(a, zero), v128.eq<T>(b, zero)));
  }

  @inline
  scalar(a: T, b: T): T {
    return (u32(a != 0) ^ u32(b != 0)) as T;
  }
}

export class Band<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return (a & b) as T;
  }
}

export class Bor<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return (a | b) as T;
  }
}

export class Bxor<T> {
  @inline
  vector(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }

  @inline
  scalar(a: T, b: T): T {
    return (a ^ b) as T;
  }
}
