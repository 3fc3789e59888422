import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { refuseInto, rootOf, type Target, targetOf } from '../arguments.ts';
import { choose } from '../choose.ts';
import { allocate, copyElements } from '../element-type.ts';
import { foldValues, gatherValues, valuePacket } from '../values.ts';
import { type Elements, operandsOf, type Values } from '../operator.ts';
import { run } from '../run.ts';
import { reduceDirect } from '../shared/direct-reductions.ts';
import { callLater } from '../shared/form.ts';
import { reduceForm } from '../shared/forms.ts';
import { operandsFor, operandsOfAny } from '../shared/operands.ts';

/** The reduction of all ranks' data at the root (MPI-4.1, §6.9.1); undefined elsewhere. */
export const reduce: CollectiveDefinition = {
  name: 'reduce',
  payload: true,
  direct: reduceDirect,
  start(exchange, data, { root: rootOption, op, into }) {
    const root = rootOf(exchange, rootOption);
    const operands = operandsOf(exchange, data, op);
    if (operands.kind !== 'array') refuseInto(exchange, into);
    if (operands.kind === 'values') return reduceValues(exchange, root, operands);
    const { type, vector } = operands;
    const target = exchange.rank === root ? targetOf(exchange, into, type, vector.length) : null;
    return reduceElements(exchange, root, operands, target);
  },
};

function* reduceElements(
  exchange: Exchange,
  root: number,
  { kind, type, vector: data, kernel, op, commutative }: Elements,
  target: Target | null,
): Program<unknown> {
  const { rank, size, isMixed, team, number = 0 } = exchange;
  const operands = team === undefined ? operandsFor(op, type) : operandsOfAny(op, type, kernel);
  if (team !== undefined && operands !== null) {
    const reduced = { data, target: target?.view ?? null, isNumber: false };
    yield* callLater(team, reduceForm({ team, number }, root, reduced, operands));
  } else {
    const vector = target?.view ?? allocate(type, data.length);
    copyElements(vector, data);
    kernel.normalise?.(vector);
    const algorithm = choose('reduce', { isMixed, size, bytes: vector.byteLength, commutative, even: true });
    const { combine } = kernel;
    yield* run(exchange, algorithm, { rank, size, tag: 0, root, vector, combine, commutative }, operands);
  }
  if (target === null) return undefined;
  return kind === 'number' ? target.view[0] : target.result;
}

function* reduceValues(exchange: Exchange, root: number, { value, op }: Values): Program<unknown> {
  const values = yield* gatherValues(exchange, root, valuePacket(exchange, value));
  return values === null ? undefined : foldValues(values, op);
}
