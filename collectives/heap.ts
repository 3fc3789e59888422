/** A binary heap: the entry with the smallest key comes first, and of equal keys the one with the smallest order. */
export class Heap<T> {
  readonly #entries: HeapEntry<T>[] = [];

  push(key: number, order: number, value: T): void {
    const entries = this.#entries;
    const entry = { key, order, value };
    let index = entries.length;
    entries.push(entry);
    // What lies above `index` is in order, and nothing below it comes before `entry`.
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !before(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  pop(): HeapEntry<T> | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first;
    let index = 0;
    // `last` is on its way down from `index`; the smaller child moves up.
    for (;;) {
      const [left, right] = [entries[2 * index + 1], entries[2 * index + 2]];
      const takeRight = left !== undefined && right !== undefined && before(right, left);
      const child = takeRight ? right : left;
      if (child === undefined || !before(child, last)) break;
      entries[index] = child;
      index = 2 * index + (takeRight ? 2 : 1);
    }
    entries[index] = last;
    return first;
  }
}

export interface HeapEntry<T> {
  readonly key: number;
  readonly order: number;
  readonly value: T;
}

function before<T>(a: HeapEntry<T>, b: HeapEntry<T>): boolean {
  return a.key < b.key || (a.key === b.key && a.order < b.order);
}
