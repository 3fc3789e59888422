import { show } from '../../runtime/comm/show.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import { PROC_NULL } from '../../runtime/comm/constants.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { failure, type Target, targetOf } from '../arguments.ts';
import { elementTypeOf, plainView } from '../element-type.ts';
import { perform } from '../perform.ts';
import { receive, send, type Steps } from '../algorithm.ts';

/** A piece for each neighbour of a grid, and one from each (MPI-4.1, §8.6). */
export const neighborAlltoall: CollectiveDefinition = {
  name: 'neighborAlltoall',
  payload: true,
  start(exchange, data, { into }) {
    const { neighbours = [] } = exchange;
    const length = elementTypeOf(data) === undefined ? 0 : (data as NumericArray).length;
    if (length % neighbours.length !== 0) {
      throw failure(
        exchange,
        'ERR_COUNT',
        `an array of ${length} elements cannot be cut evenly for ${neighbours.length} neighbours`,
        `pass a length that is a multiple of ${neighbours.length}`,
      );
    }
    return neighbors(exchange, data, into, length / neighbours.length);
  },
};

/** The whole array for each neighbour of a grid, and one from each (MPI-4.1, §8.6). */
export const neighborAllgather: CollectiveDefinition = {
  name: 'neighborAllgather',
  payload: true,
  start: (exchange, data, { into }) => neighbors(exchange, data, into, null),
};

/** `length`: of each piece; null: all of the data goes to everyone. */
function neighbors(exchange: Exchange, data: unknown, into: unknown, length: number | null): Program<NumericArray> {
  const type = elementTypeOf(data);
  if (type === undefined) {
    throw failure(exchange, 'ERR_TYPE', `the data is ${show(data)}`, 'pass a numeric array');
  }
  const { neighbours = [] } = exchange;
  const given = plainView(data as NumericArray, type);
  const target = targetOf(exchange, into, type, (length ?? given.length) * neighbours.length);
  return run(exchange, given, target, length);
}

function* run(
  exchange: Exchange,
  data: NumericArray,
  { view, result }: Target,
  length: number | null,
): Program<NumericArray> {
  // The result may lie where the data does.
  const sent = view.buffer === data.buffer ? data.slice() : data;
  yield* perform(exchange, steps(exchange.neighbours ?? [], sent, view, length));
  return result;
}

/**
 * What goes towards a lower neighbour arrives as from an upper one, also where both are the same rank: a periodic
 * dimension of one or two ranks is a ring like any other. So places 2d and 2d + 1 belong to each other.
 */
function* steps(neighbours: readonly number[], data: NumericArray, all: NumericArray, length: number | null): Steps {
  const size = length ?? data.length;
  const piece = (array: NumericArray, place: number): NumericArray => array.subarray(place * size, (place + 1) * size);
  for (const [place, rank] of neighbours.entries()) {
    if (rank !== PROC_NULL) yield receive(rank, place ^ 1, piece(all, place));
  }
  for (const [place, rank] of neighbours.entries()) {
    if (rank !== PROC_NULL) yield send(rank, place, length === null ? data : piece(data, place));
  }
}
