import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { failure, refuseInto, type Target, targetOf } from '../arguments.ts';
import { choose } from '../choose.ts';
import { copyElements } from '../element-type.ts';
import { allgatherValues, foldValues, valuePacket } from '../values.ts';
import { type Elements, operandsOf } from '../operator.ts';
import type { Packet } from '../packet.ts';
import type { Op } from '../../runtime/core/api.ts';
import { perform } from '../perform.ts';
import { allreduceNow, allreduceShared } from '../shared/allreduce.ts';

/** The reduction of all ranks' data on every rank, with the same bits on each (MPI-4.1, §6.9.6). */
export const allreduce: CollectiveDefinition = {
  name: 'allreduce',
  payload: true,
  direct: allreduceNow,
  start(exchange, data, { op, into, reproducible }) {
    if (reproducible !== undefined && reproducible !== false) {
      const remedy = 'leave out reproducible: the result has the same bits on every rank, but depends on their number';
      throw failure(exchange, 'ERR_UNSUPPORTED', 'reproducible sums are not built yet', remedy);
    }
    const operands = operandsOf(exchange, data, op);
    if (operands.kind !== 'array') refuseInto(exchange, into);
    if (operands.kind === 'values') {
      return allreduceValues(exchange, valuePacket(exchange, operands.value), operands.op);
    }
    return allreduceElements(exchange, operands, targetOf(exchange, into, operands.type, operands.vector.length));
  },
};

function* allreduceElements(
  exchange: Exchange,
  elements: Elements,
  { view: vector, result }: Target,
): Program<unknown> {
  const { kind, vector: data, kernel, commutative } = elements;
  if (!(yield* allreduceShared(exchange, elements, vector))) {
    const { rank, size } = exchange;
    copyElements(vector, data);
    kernel.normalise?.(vector);
    const algorithm = choose('allreduce', { size, bytes: vector.byteLength, commutative, even: true });
    const { combine } = kernel;
    yield* perform(exchange, algorithm.steps({ rank, size, tag: 0, vector, combine, commutative }));
  }
  return kind === 'number' ? vector[0] : result;
}

function* allreduceValues(exchange: Exchange, packet: Packet, op: Op<unknown>): Program<unknown> {
  return foldValues(yield* allgatherValues(exchange, packet), op);
}
