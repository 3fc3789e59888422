import type { CollectiveCall as Exchange, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import type { Op } from '../../runtime/core/api.ts';
import { checkIntoType, refuseInto, type Target, targetOf } from '../arguments.ts';
import { choose } from '../choose.ts';
import { allocate, copyElements } from '../element-type.ts';
import { allgatherValues, foldValues, valuePacket } from '../values.ts';
import { type Elements, operandsOf } from '../operator.ts';
import type { Packet } from '../packet.ts';
import { run } from '../run.ts';
import { scanDirect } from '../shared/direct-reductions.ts';
import { callLater } from '../shared/form.ts';
import { scanForm } from '../shared/forms.ts';
import { operandsFor, operandsOfAny } from '../shared/operands.ts';

/** On rank r the reduction of ranks 0 to r (MPI-4.1, §6.11.1). */
export const scan = definition('scan', false);

/** On rank r the reduction of ranks 0 to r − 1; on rank 0 undefined (MPI-4.1, §6.11.2). */
export const exscan = definition('exscan', true);

function definition(name: string, exclusive: boolean): CollectiveDefinition {
  return {
    name,
    payload: true,
    direct: scanDirect(exclusive),
    start(exchange, data, { op, into }) {
      const operands = operandsOf(exchange, data, op);
      if (operands.kind !== 'array') refuseInto(exchange, into);
      if (operands.kind === 'values') {
        return scanValues(exchange, valuePacket(exchange, operands.value), operands.op, exclusive);
      }
      const { type, vector } = operands;
      checkIntoType(exchange, into, type);
      const target = exclusive && exchange.rank === 0 ? null : targetOf(exchange, into, type, vector.length);
      return scanElements(exchange, operands, target, exclusive);
    },
  };
}

function* scanElements(
  exchange: Exchange,
  { kind, type, vector: data, kernel, op, commutative }: Elements,
  target: Target | null,
  exclusive: boolean,
): Program<unknown> {
  const { rank, size, isMixed, team, number = 0 } = exchange;
  const operands = team === undefined ? operandsFor(op, type) : operandsOfAny(op, type, kernel);
  if (team !== undefined && operands !== null) {
    const reduced = { data, target: target?.view ?? null, isNumber: false };
    yield* callLater(team, scanForm({ team, number }, exclusive, reduced, operands));
  } else {
    const vector = target?.view ?? allocate(type, data.length);
    copyElements(vector, data);
    kernel.normalise?.(vector);
    const algorithm = choose('scan', { isMixed, size, bytes: vector.byteLength, commutative, even: true });
    const { combine } = kernel;
    yield* run(exchange, algorithm, { rank, size, tag: 0, vector, combine, commutative, exclusive }, operands);
  }
  if (target === null) return undefined;
  return kind === 'number' ? target.view[0] : target.result;
}

function* scanValues(exchange: Exchange, packet: Packet, op: Op<unknown>, exclusive: boolean): Program<unknown> {
  const { rank } = exchange;
  const values = yield* allgatherValues(exchange, packet);
  const last = exclusive ? rank : rank + 1;
  return last === 0 ? undefined : foldValues(values.slice(0, last), op);
}
