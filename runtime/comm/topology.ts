/** Grids of ranks: which rank is where, and who is whose neighbour (MPI-4.1, §8.5). Pure arithmetic. */
import { PROC_NULL } from './constants.ts';

export class Grid {
  readonly dims: readonly number[];
  readonly periodic: readonly boolean[];

  constructor(dims: readonly number[], periodic: readonly boolean[]) {
    this.dims = dims;
    this.periodic = periodic;
  }

  /** How many ranks it has. */
  get size(): number {
    return this.dims.reduce((product, length) => product * length, 1);
  }

  /** Row-major: the last coordinate changes fastest. */
  coordsOf(rank: number): number[] {
    const coords = this.dims.map(() => 0);
    let rest = rank;
    for (let dimension = this.dims.length - 1; dimension >= 0; dimension -= 1) {
      const length = this.dims[dimension] ?? 1;
      coords[dimension] = rest % length;
      rest = Math.floor(rest / length);
    }
    return coords;
  }

  /** Coordinates wrap along periodic dimensions; PROC_NULL outside the others. */
  rankOf(coords: readonly number[]): number {
    let rank = 0;
    for (const [dimension, length] of this.dims.entries()) {
      const at = coords[dimension] ?? 0;
      const isInside = at >= 0 && at < length;
      if (!isInside && this.periodic[dimension] !== true) return PROC_NULL;
      rank = rank * length + (((at % length) + length) % length);
    }
    return rank;
  }

  /** The rank that lies `displacement` from `rank` along `dimension`. */
  neighbour(rank: number, dimension: number, displacement: number): number {
    const coords = this.coordsOf(rank);
    coords[dimension] = (coords[dimension] ?? 0) + displacement;
    return this.rankOf(coords);
  }

  /** For each dimension the lower neighbour, then the upper one (MPI-4.1, §8.6). */
  neighbours(rank: number): number[] {
    return this.dims.flatMap((_, dimension) => [
      this.neighbour(rank, dimension, -1),
      this.neighbour(rank, dimension, 1),
    ]);
  }
}

/** `ranks` as a product of so many factors, largest first: the largest as small as can be, then the next one. */
export function balanced(ranks: number, dimensions: number): number[] {
  return factorsUpTo(ranks, ranks, dimensions) ?? [];
}

/** None of them above `most`; null when there are none such. */
function factorsUpTo(most: number, product: number, count: number): number[] | null {
  if (count <= 1) return product <= most ? [product] : null;
  // The largest is at least the root; rounding must not leave that out.
  for (let first = Math.max(1, Math.floor(product ** (1 / count))); first <= most; first += 1) {
    if (product % first !== 0) continue;
    const rest = factorsUpTo(first, product / first, count - 1);
    if (rest !== null) return [first, ...rest];
  }
  return null;
}
