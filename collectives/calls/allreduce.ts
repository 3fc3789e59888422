import { show, withArticle } from '../../runtime/comm/show.ts';
import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { failure, refuseInto, type Target, targetOf } from '../arguments.ts';
import { choose } from '../choose.ts';
import { copyElements, overlap } from '../element-type.ts';
import { reproducibleSum } from '../exact/reproducible.ts';
import { allgatherValues, foldValues, valuePacket } from '../values.ts';
import { type Elements, operandsOf } from '../operator.ts';
import type { Packet } from '../packet.ts';
import type { Op } from '../../runtime/core/api.ts';
import { run } from '../run.ts';
import { allreduceDirect } from '../shared/direct-reductions.ts';
import { callLater } from '../shared/form.ts';
import { reduceForm } from '../shared/forms.ts';
import { operandsFor, operandsOfAny } from '../shared/operands.ts';

/** The reduction of all ranks' data on every rank, with the same bits on each (MPI-4.1, §6.9.6). */
export const allreduce: CollectiveDefinition = {
  name: 'allreduce',
  payload: true,
  direct: allreduceDirect,
  start(exchange, data, { op, into, reproducible }) {
    const operands = operandsOf(exchange, data, op);
    if (operands.kind !== 'array') refuseInto(exchange, into);
    if (operands.kind === 'values') {
      if (reproducible === true) {
        const remedy = 'leave out reproducible, which is for sums of floating-point numbers';
        throw failure(exchange, 'ERR_UNSUPPORTED', 'the data is not a numeric array', remedy);
      }
      return allreduceValues(exchange, valuePacket(exchange, operands.value), operands.op);
    }
    const target = targetOf(exchange, into, operands.type, operands.vector.length);
    return isReproducible(exchange, operands, reproducible)
      ? allreduceExactly(exchange, operands, target)
      : allreduceElements(exchange, operands, target);
  },
};

function isReproducible(exchange: Exchange, { op, type }: Elements, reproducible: unknown): boolean {
  if (reproducible === undefined || reproducible === false) return false;
  if (reproducible !== true) {
    throw failure(exchange, 'ERR_ARGUMENT', `reproducible is ${show(reproducible)}`, 'pass true or false');
  }
  if (op === 'sum' && type.name.startsWith('Float')) return true;
  const what = `op ${op === null ? 'of the caller' : `'${op}'`} of ${withArticle(type.name)} has no rounding to make reproducible`;
  throw failure(
    exchange,
    'ERR_UNSUPPORTED',
    what,
    'leave out reproducible, which is for sums of floating-point numbers',
  );
}

function* allreduceExactly(exchange: Exchange, { kind, vector }: Elements, { view, result }: Target): Program<unknown> {
  yield* reproducibleSum(exchange, vector, view);
  return kind === 'number' ? view[0] : result;
}

function* allreduceElements(
  exchange: Exchange,
  { kind, type, op, vector: data, kernel, commutative }: Elements,
  { view: target, result }: Target,
): Program<unknown> {
  const { rank, size, isMixed, team, levels, number = 0 } = exchange;
  const operands = team === undefined ? operandsFor(op, type) : operandsOfAny(op, type, kernel);
  if (team !== undefined && operands !== null) {
    yield* callLater(team, reduceForm({ team, number }, -1, { data, target, isNumber: false }, operands));
  } else {
    const algorithm = choose('allreduce', { isMixed, size, bytes: target.byteLength, commutative, even: true });
    const { combine, normalise } = kernel;
    // A pass over the data less, where nothing but the algorithm looks at them.
    const isApart =
      algorithm.readsOperand === true && normalise === undefined && levels === undefined && !overlap(target, data);
    if (!isApart) copyElements(target, data);
    normalise?.(target);
    const place = { rank, size, tag: 0, combine, commutative };
    const call = isApart ? { ...place, vector: target, operand: data } : { ...place, vector: target };
    yield* run(exchange, algorithm, call, operands);
  }
  return kind === 'number' ? target[0] : result;
}

function* allreduceValues(exchange: Exchange, packet: Packet, op: Op<unknown>): Program<unknown> {
  return foldValues(yield* allgatherValues(exchange, packet), op);
}
