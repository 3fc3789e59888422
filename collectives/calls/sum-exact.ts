import { show } from '../../runtime/comm/show.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { failure } from '../arguments.ts';
import { elementTypeOf, plainView } from '../element-type.ts';
import { accumulate, rounded } from '../exact/accumulator.ts';
import { allreduce } from './allreduce.ts';

/** The correctly rounded sum of all elements of all ranks: the same bits however they are spread over ranks. */
export const sumExact: CollectiveDefinition = {
  name: 'sumExact',
  payload: true,
  start(exchange, data) {
    const type = elementTypeOf(data);
    if (type === undefined || !type.name.startsWith('Float')) {
      throw failure(exchange, 'ERR_TYPE', `the data is ${show(data)}`, 'pass a Float64Array or Float32Array');
    }
    // At the call: the caller may change its array at once.
    return sum(exchange, accumulate(plainView(data as Float64Array, type) as Float64Array));
  },
};

function* sum(exchange: Exchange, local: Float64Array): Program<number> {
  return rounded((yield* allreduce.start(exchange, local, {})) as Float64Array);
}
