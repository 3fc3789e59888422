/**
 * `import … from 'tsmpi/collectives'`: the collectives as functions, for numeric code. Each is the Communicator call of
 * its name, on `world` unless `comm` says otherwise.
 *
 * @example
 * import { allreduce } from 'tsmpi/collectives';
 * const total = await allreduce(new Float64Array([1, 2, 3]));
 * @module tsmpi/collectives
 */
import type { Collectives } from './core/api.ts';
import { type Communicator, world } from './index.ts';

type Functions = Collectives<'async', { comm?: Communicator }>;

interface WithCommunicator {
  readonly comm?: Communicator | undefined;
}

/** The function for a call whose options come at `position`. */
function on<Name extends keyof Collectives>(name: Name, position: 0 | 1): Functions[Name] {
  const call = (...args: unknown[]): unknown => {
    const communicator = (args[position] as WithCommunicator | undefined)?.comm ?? world;
    const method = communicator[name] as (...args: unknown[]) => unknown;
    return method.apply(communicator, args);
  };
  // The overloads of the two are the same but for `comm`; no type can say that of a rest parameter.
  return call as Functions[Name];
}

/**
 * Returns on no rank before all have called it (MPI_Barrier).
 * @example
 * await barrier();
 */
export const barrier = on('barrier', 0);
/**
 * The root's data, on every rank (MPI_Bcast).
 * @example
 * const field = await broadcast(world.rank === 0 ? new Float64Array(100) : undefined, { root: 0 });
 */
export const broadcast = on('broadcast', 1);
/**
 * The data of all ranks combined, elementwise, at the root; undefined elsewhere (MPI_Reduce).
 * @example
 * const sum = await reduce(Float64Array.of(1, 2), { root: 0, op: 'sum' });
 */
export const reduce = on('reduce', 1);
/**
 * The data of all ranks combined, elementwise, on every rank (MPI_Allreduce).
 * @example
 * const highest = await allreduce(Float64Array.of(world.rank), { op: 'max' });
 */
export const allreduce = on('allreduce', 1);
/**
 * The correctly rounded sum of all elements of all ranks, however they are spread (R. M. Neal, arXiv:1505.05571).
 * @example
 * const sum = await sumExact(Float64Array.of(1e100, 1, -1e100));
 */
export const sumExact = on('sumExact', 1);
/**
 * The extreme of each element, and the lowest rank that holds it (MPI_MINLOC, MPI_MAXLOC).
 * @example
 * const { value, rank } = await allreduceLocation(Float64Array.of(Math.random()), { op: 'min' });
 */
export const allreduceLocation = on('allreduceLocation', 1);
/**
 * What all ranks give, at the root, in rank order: arrays joined, other values in a list (MPI_Gather, MPI_Gatherv).
 * @example
 * const all = await gather(Float64Array.of(world.rank), { root: 0 });
 */
export const gather = on('gather', 1);
/**
 * What all ranks give, on every rank (MPI_Allgather, MPI_Allgatherv).
 * @example
 * const names = await allgather({ name: `rank ${world.rank}` });
 */
export const allgather = on('allgather', 1);
/**
 * Pieces of the root's array, or values of its list, one to each rank (MPI_Scatter, MPI_Scatterv).
 * @example
 * const own = await scatter(world.rank === 0 ? new Float64Array(10 * world.size) : undefined, { root: 0 });
 */
export const scatter = on('scatter', 1);
/**
 * Piece r of each rank's array, at rank r (MPI_Alltoall, MPI_Alltoallv).
 * @example
 * const turned = await alltoall(new Float64Array(world.size).fill(world.rank));
 */
export const alltoall = on('alltoall', 1);
/**
 * Combines as `reduce` does, and leaves piece r at rank r (MPI_Reduce_scatter).
 * @example
 * const piece = await reduceScatter(new Float64Array(10 * world.size).fill(1));
 */
export const reduceScatter = on('reduceScatter', 1);
/**
 * The data of this rank and of those before it, combined (MPI_Scan).
 * @example
 * const upTo = await scan(world.rank);
 */
export const scan = on('scan', 1);
/**
 * The data of the ranks before this one, combined; undefined on rank 0 (MPI_Exscan).
 * @example
 * const before = await exscan(Float64Array.of(1));
 */
export const exscan = on('exscan', 1);
