/** What ranks pass to calls that move data. */

export function piece(rank: number, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => rank * 1_000_000 + i);
}

export function joined(pieces: readonly Float64Array[]): Float64Array {
  return Float64Array.from(pieces.flatMap((array) => Array.from(array)));
}

/** Lengths that differ between the ranks, short and long ones mixed. */
export function lengthOf(rank: number, scale: number): number {
  return [scale, 0, 2 * scale, 5, scale >> 1][rank % 5] ?? 0;
}

/** Values of every kind, short and long. */
export function valueAt(rank: number): unknown {
  const values = [
    { rank, text: 'short' },
    new Map([[rank, new Date(rank)]]),
    'long '.repeat(100 + rank),
    undefined,
    123n,
    { nested: [{ array: Float32Array.of(1, rank) }], long: 'x'.repeat(9000) },
    null,
    [rank, [rank]],
  ];
  return values[rank % values.length];
}
