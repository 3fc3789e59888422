/**
 * The loops of every kernel. Addresses are bytes from the start of the memory, which the job's segment lies in: nothing
 * here allocates or has data. `count` is in elements of T; `O` is an op. The target may be any of the operands, because
 * every block is read before it is written. An end may be 4 GiB, which is 0: compare with !=, never with <.
 */

export class Loops {
  /** target[i] = left[i] op right[i]. Four vectors a turn: a third less time than one (16 KiB in the first cache). */
  @inline
  static pair<T, O>(target: usize, left: usize, right: usize, count: i32): void {
    // Its methods use no field: there is no object behind it.
    const op = changetype<O>(0);
    const end = target + ((count as usize) << alignof<T>());
    let stop = target + ((end - target) & ~63);
    while (target != stop) {
      v128.store(target, op.vector(v128.load(left), v128.load(right)));
      v128.store(target, op.vector(v128.load(left, 16), v128.load(right, 16)), 16);
      v128.store(target, op.vector(v128.load(left, 32), v128.load(right, 32)), 32);
      v128.store(target, op.vector(v128.load(left, 48), v128.load(right, 48)), 48);
      target += 64;
      left += 64;
      right += 64;
    }
    stop = target + ((end - target) & ~15);
    while (target != stop) {
      v128.store(target, op.vector(v128.load(left), v128.load(right)));
      target += 16;
      left += 16;
      right += 16;
    }
    while (target != end) {
      store<T>(target, op.scalar(load<T>(left), load<T>(right)));
      target += sizeof<T>();
      left += sizeof<T>();
      right += sizeof<T>();
    }
  }

  /**
   * target[i] = a[i] op b[i] op … of the first `sources` (2 to 8) operands, in that order. The target is written once,
   * however many they are. The branches go one way throughout a call.
   */
  @inline
  static fold<T, O>(
    target: usize,
    count: i32,
    sources: i32,
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
    const end = (count as usize) << alignof<T>();
    const stop = end & ~63;
    let at: usize = 0;
    while (at != stop) {
      let w = op.vector(v128.load(a + at), v128.load(b + at));
      let x = op.vector(v128.load(a + at, 16), v128.load(b + at, 16));
      let y = op.vector(v128.load(a + at, 32), v128.load(b + at, 32));
      let z = op.vector(v128.load(a + at, 48), v128.load(b + at, 48));
      if (sources > 2) {
        w = op.vector(w, v128.load(c + at));
        x = op.vector(x, v128.load(c + at, 16));
        y = op.vector(y, v128.load(c + at, 32));
        z = op.vector(z, v128.load(c + at, 48));
        if (sources > 3) {
          w = op.vector(w, v128.load(d + at));
          x = op.vector(x, v128.load(d + at, 16));
          y = op.vector(y, v128.load(d + at, 32));
          z = op.vector(z, v128.load(d + at, 48));
          if (sources > 4) {
            w = op.vector(w, v128.load(e + at));
            x = op.vector(x, v128.load(e + at, 16));
            y = op.vector(y, v128.load(e + at, 32));
            z = op.vector(z, v128.load(e + at, 48));
            if (sources > 5) {
              w = op.vector(w, v128.load(f + at));
              x = op.vector(x, v128.load(f + at, 16));
              y = op.vector(y, v128.load(f + at, 32));
              z = op.vector(z, v128.load(f + at, 48));
              if (sources > 6) {
                w = op.vector(w, v128.load(g + at));
                x = op.vector(x, v128.load(g + at, 16));
                y = op.vector(y, v128.load(g + at, 32));
                z = op.vector(z, v128.load(g + at, 48));
                if (sources > 7) {
                  w = op.vector(w, v128.load(h + at));
                  x = op.vector(x, v128.load(h + at, 16));
                  y = op.vector(y, v128.load(h + at, 32));
                  z = op.vector(z, v128.load(h + at, 48));
                }
              }
            }
          }
        }
      }
      v128.store(target + at, w);
      v128.store(target + at, x, 16);
      v128.store(target + at, y, 32);
      v128.store(target + at, z, 48);
      at += 64;
    }
    while (at != end) {
      let value = op.scalar(load<T>(a + at), load<T>(b + at));
      if (sources > 2) value = op.scalar(value, load<T>(c + at));
      if (sources > 3) value = op.scalar(value, load<T>(d + at));
      if (sources > 4) value = op.scalar(value, load<T>(e + at));
      if (sources > 5) value = op.scalar(value, load<T>(f + at));
      if (sources > 6) value = op.scalar(value, load<T>(g + at));
      if (sources > 7) value = op.scalar(value, load<T>(h + at));
      store<T>(target + at, value);
      at += sizeof<T>();
    }
  }
}
