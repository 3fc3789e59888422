/**
 * The loops of every kernel. Addresses are bytes from the start of the memory, which the job's segment lies in: nothing
 * here allocates or has data. `count` is in elements of T; `O` is an op. An end may be 4 GiB, which is 0.
 *
 * Sources are one for each rank. The first lies at `first`, the next `stride` bytes further on, and so on; or, where
 * `indirect` is not 0, their addresses are written there, and `offset` is added to each. The target of a fold overlaps
 * none of them but the first or the second, wholly.
 */

/** What is worked on at a time: what one pass over it leaves in the first cache the next one finds there. */
const tileBytes: usize = 8192;
/** Sources that one pass adds to those before; of more streams than that the machine fetches less ahead. */
const othersMax: i32 = 7;

export class Loops {
  /** target[i] = s0[i] op s1[i] op … of two sources or more, in that order; the target is written once for eight. */
  static foldWide<T, O>(
    target: usize,
    first: usize,
    stride: usize,
    sources: i32,
    count: i32,
    offset: usize,
    indirect: i32,
  ): void {
    const last = sources - 1;
    let left = (count as usize) << alignof<T>();
    while (left != 0) {
      const bytes = min(left, tileBytes);
      let sum = Loops.addressOf(first, stride, 0, offset, indirect);
      let next = 1;
      while (next < last) {
        Loops.pass<T, O>(
          target,
          bytes,
          min(sources - next, othersMax),
          sum,
          Loops.addressOf(first, stride, next, offset, indirect),
          Loops.addressOf(first, stride, next + 1, offset, indirect),
          Loops.addressOf(first, stride, min(next + 2, last), offset, indirect),
          Loops.addressOf(first, stride, min(next + 3, last), offset, indirect),
          Loops.addressOf(first, stride, min(next + 4, last), offset, indirect),
          Loops.addressOf(first, stride, min(next + 5, last), offset, indirect),
          Loops.addressOf(first, stride, min(next + 6, last), offset, indirect),
        );
        sum = target;
        next += othersMax;
      }
      if (next == last) Loops.pair<T, O>(target, sum, Loops.addressOf(first, stride, last, offset, indirect), bytes);
      left -= bytes;
      target += bytes;
      offset += bytes;
    }
  }

  /** The same with less code, two at a time. */
  static foldPairs<T, O>(
    target: usize,
    first: usize,
    stride: usize,
    sources: i32,
    count: i32,
    offset: usize,
    indirect: i32,
  ): void {
    let left = (count as usize) << alignof<T>();
    while (left != 0) {
      const bytes = min(left, tileBytes);
      let sum = Loops.addressOf(first, stride, 0, offset, indirect);
      for (let source = 1; source < sources; source++) {
        Loops.pair<T, O>(target, sum, Loops.addressOf(first, stride, source, offset, indirect), bytes);
        sum = target;
      }
      left -= bytes;
      target += bytes;
      offset += bytes;
    }
  }

  /** s1[i] = s0[i] op s1[i], s2[i] = s1[i] op s2[i], … to the last source. */
  static scan<T, O>(first: usize, stride: usize, sources: i32, count: i32, offset: usize): void {
    let left = (count as usize) << alignof<T>();
    while (left != 0) {
      const bytes = min(left, tileBytes);
      let before = Loops.addressOf(first, stride, 0, offset, 1);
      for (let source = 1; source < sources; source++) {
        const at = Loops.addressOf(first, stride, source, offset, 1);
        Loops.pair<T, O>(at, before, at, bytes);
        before = at;
      }
      left -= bytes;
      offset += bytes;
    }
  }

  /** target[i] = left[i] op right[i], of so many bytes. The target may be either. */
  static pair<T, O>(target: usize, left: usize, right: usize, bytes: usize): void {
    // Its methods use no field: there is no object behind it.
    const op = changetype<O>(0);
    const stop = bytes & ~63;
    let i: usize = 0;
    while (i != stop) {
      v128.store(target + i, op.vector(v128.load(left + i), v128.load(right + i)));
      v128.store(target + i, op.vector(v128.load(left + i, 16), v128.load(right + i, 16)), 16);
      v128.store(target + i, op.vector(v128.load(left + i, 32), v128.load(right + i, 32)), 32);
      v128.store(target + i, op.vector(v128.load(left + i, 48), v128.load(right + i, 48)), 48);
      i += 64;
    }
    while (i != bytes) {
      store<T>(target + i, op.scalar(load<T>(left + i), load<T>(right + i)));
      i += sizeof<T>();
    }
  }

  /** One pass: target[i] = a[i] op b[i] op … of `others` + 1 (3 to 8). The branches go one way throughout a call. */
  @inline
  static pass<T, O>(
    target: usize,
    bytes: usize,
    others: i32,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
    g: usize,
    h: usize,
  ): void {
    const op = changetype<O>(0);
    const stop = bytes & ~63;
    let i: usize = 0;
    while (i != stop) {
      let w = op.vector(v128.load(a + i), v128.load(b + i));
      let x = op.vector(v128.load(a + i, 16), v128.load(b + i, 16));
      let y = op.vector(v128.load(a + i, 32), v128.load(b + i, 32));
      let z = op.vector(v128.load(a + i, 48), v128.load(b + i, 48));
      w = op.vector(w, v128.load(c + i));
      x = op.vector(x, v128.load(c + i, 16));
      y = op.vector(y, v128.load(c + i, 32));
      z = op.vector(z, v128.load(c + i, 48));
      if (others > 2) {
        w = op.vector(w, v128.load(d + i));
        x = op.vector(x, v128.load(d + i, 16));
        y = op.vector(y, v128.load(d + i, 32));
        z = op.vector(z, v128.load(d + i, 48));
        if (others > 3) {
          w = op.vector(w, v128.load(e + i));
          x = op.vector(x, v128.load(e + i, 16));
          y = op.vector(y, v128.load(e + i, 32));
          z = op.vector(z, v128.load(e + i, 48));
          if (others > 4) {
            w = op.vector(w, v128.load(f + i));
            x = op.vector(x, v128.load(f + i, 16));
            y = op.vector(y, v128.load(f + i, 32));
            z = op.vector(z, v128.load(f + i, 48));
            if (others > 5) {
              w = op.vector(w, v128.load(g + i));
              x = op.vector(x, v128.load(g + i, 16));
              y = op.vector(y, v128.load(g + i, 32));
              z = op.vector(z, v128.load(g + i, 48));
              if (others > 6) {
                w = op.vector(w, v128.load(h + i));
                x = op.vector(x, v128.load(h + i, 16));
                y = op.vector(y, v128.load(h + i, 32));
                z = op.vector(z, v128.load(h + i, 48));
              }
            }
          }
        }
      }
      v128.store(target + i, w);
      v128.store(target + i, x, 16);
      v128.store(target + i, y, 32);
      v128.store(target + i, z, 48);
      i += 64;
    }
    while (i != bytes) {
      let value = op.scalar(op.scalar(load<T>(a + i), load<T>(b + i)), load<T>(c + i));
      if (others > 2) value = op.scalar(value, load<T>(d + i));
      if (others > 3) value = op.scalar(value, load<T>(e + i));
      if (others > 4) value = op.scalar(value, load<T>(f + i));
      if (others > 5) value = op.scalar(value, load<T>(g + i));
      if (others > 6) value = op.scalar(value, load<T>(h + i));
      store<T>(target + i, value);
      i += sizeof<T>();
    }
  }

  @inline
  static addressOf(first: usize, stride: usize, source: i32, offset: usize, indirect: i32): usize {
    const entry = first + stride * (source as usize);
    return (indirect ? (load<u32>(entry) as usize) : entry) + offset;
  }
}
