import { show } from '../../runtime/comm/show.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import type { Layout } from '../algorithm.ts';
import { checkTotal, countsOf, evenCounts, failure, type Target, targetOf } from '../arguments.ts';
import { choose } from '../choose.ts';
import { allocateLike, copyElements, overlap } from '../element-type.ts';
import { countOf, packed } from '../layout.ts';
import { type Elements, operandsOf } from '../operator.ts';
import { run } from '../run.ts';
import { reduceScatterDirect } from '../shared/direct-reductions.ts';
import { callLater } from '../shared/form.ts';
import { reduceScatterForm } from '../shared/forms.ts';
import { operandsFor, operandsOfAny } from '../shared/operands.ts';

/** Piece r of the reduction of all ranks' arrays, on rank r (MPI-4.1, §6.10). */
export const reduceScatter: CollectiveDefinition = {
  name: 'reduceScatter',
  payload: true,
  direct: reduceScatterDirect,
  start(exchange, data, { op, into, counts: countsOption }) {
    const operands = operandsOf(exchange, data, op);
    if (operands.kind !== 'array') {
      throw failure(exchange, 'ERR_TYPE', `the data is ${show(data)}`, 'pass a numeric array to cut into pieces');
    }
    const { vector, type } = operands;
    const given = countsOf(exchange, 'counts', countsOption);
    if (given !== undefined) checkTotal(exchange, 'counts', given, vector.length);
    const layout = packed(given ?? evenCounts(exchange, vector.length, 'counts'));
    return scatterReduced(exchange, operands, layout, targetOf(exchange, into, type, countOf(layout, exchange.rank)));
  },
};

function* scatterReduced(
  exchange: Exchange,
  { type, vector: data, kernel, op, commutative }: Elements,
  layout: Layout,
  { view: own, result }: Target,
): Program<unknown> {
  const { rank, size, isMixed, team, number = 0 } = exchange;
  const operands = team === undefined ? operandsFor(op, type) : operandsOfAny(op, type, kernel);
  const isShared = team !== undefined && operands !== null;
  const vector = (kernel.normalise !== undefined && !isShared) || overlap(data, own) ? copyOf(data) : data;
  if (isShared) {
    yield* callLater(team, reduceScatterForm({ team, number }, { data: vector, own, layout }, operands));
    return result;
  }
  kernel.normalise?.(vector);
  const algorithm = choose('reduceScatter', { isMixed, size, bytes: vector.byteLength, commutative, even: false });
  const { combine } = kernel;
  yield* run(exchange, algorithm, { rank, size, tag: 0, layout, vector, own, combine, commutative }, operands);
  return result;
}

function copyOf(array: NumericArray): NumericArray {
  const copy = allocateLike(array, array.length);
  copyElements(copy, array);
  return copy;
}
