import { show } from '../../runtime/comm/show.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { failure } from '../arguments.ts';
import { elementTypeOf, plainView } from '../element-type.ts';
import { allreduce } from './allreduce.ts';

/** The extreme of each element over the ranks, and the lowest rank that holds it (MPI-4.1, §6.9.4). */
export const allreduceLocation: CollectiveDefinition = {
  name: 'allreduceLocation',
  payload: true,
  start(exchange, data, { op }) {
    if (op !== 'min' && op !== 'max') {
      throw failure(exchange, 'ERR_OP', `op is ${show(op)}`, "pass { op: 'min' } or { op: 'max' }");
    }
    const type = elementTypeOf(data);
    if (type === undefined) throw failure(exchange, 'ERR_TYPE', `the data is ${show(data)}`, 'pass a numeric array');
    // A copy: the caller may change its array while ranks compare theirs with what was found.
    return locate(exchange, plainView(data as NumericArray, type).slice(), op);
  },
};

function* locate(
  exchange: Exchange,
  data: NumericArray,
  op: string,
): Program<{ value: NumericArray; rank: Int32Array }> {
  const value = (yield* allreduce.start(exchange, data, { op })) as NumericArray;
  // Tells −0 from 0, as min and max do, and finds NaN, which they give when any operand is.
  const holder = Int32Array.from(value as Float64Array, (extreme, index) =>
    Object.is(data[index], extreme) ? exchange.rank : exchange.size,
  );
  const rank = (yield* allreduce.start(exchange, holder, { op: 'min' })) as Int32Array;
  return { value, rank };
}
