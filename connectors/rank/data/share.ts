/** Who reads what: the parts of a dataset laid end to end, and cut into as many shares as there are ranks. */

export interface Share {
  readonly rank: number;
  readonly size: number;
}

/** Something that is read from one position to another: bytes of a file, rows of a table. */
export interface Extent<T> {
  readonly part: T;
  readonly from: number;
  readonly to: number;
}

/** A share's extents of parts of these lengths, in order. All shares together cover each part, once. */
export function extentsOf<T>(parts: readonly { part: T; length: number }[], { rank, size }: Share): Extent<T>[] {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  const [first, last] = [Math.floor((total * rank) / size), Math.floor((total * (rank + 1)) / size)];
  const extents: Extent<T>[] = [];
  let at = 0;
  for (const { part, length } of parts) {
    const [from, to] = [Math.max(first - at, 0), Math.min(last - at, length)];
    if (from < to) extents.push({ part, from, to });
    at += length;
  }
  return extents;
}

/** The parts that a share has whole: those whose middle lies in it. */
export function wholeParts<T>(parts: readonly { part: T; length: number }[], { rank, size }: Share): T[] {
  // One more each: parts without length are shared out as well.
  const total = parts.reduce((sum, { length }) => sum + length + 1, 0);
  let at = 0;
  return parts
    .filter(({ length }) => {
      const middle = at + (length + 1) / 2;
      at += length + 1;
      return Math.min(size - 1, Math.floor((middle * size) / total)) === rank;
    })
    .map(({ part }) => part);
}

/** Lists of at most so many, of what comes one by one or in lists. */
export function* batchesOf<R>(rows: readonly R[], batchRows: number): Generator<R[]> {
  for (let at = 0; at < rows.length; at += batchRows) yield rows.slice(at, at + batchRows);
}
