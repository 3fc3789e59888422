/** Allreduce among ranks that share memory. */
import { type CollectiveCall, notDirect } from '../../runtime/comm/install.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Program } from '../../runtime/comm/program.ts';
import type { Team } from '../../runtime/comm/team.ts';
import type { Elements } from '../operator.ts';
import { operandsFor, plainTypeOf, roomFor } from './operands.ts';
import { reduceAll } from './reductions.ts';
import { kindWord } from './signature.ts';
import { follow, followNow, Meeting, type Tiles } from './tiles.ts';
import { runLater, runNow } from './slot-call.ts';
import { fitsSlot, SlotAllreduce } from './slot-reduction.ts';
import type { Reduction } from './workspace.ts';

interface Options {
  readonly op?: unknown;
  readonly into?: unknown;
  readonly reproducible?: unknown;
  readonly timeoutMs?: unknown;
  readonly signal?: unknown;
}
const none: Options = Object.freeze({});

export function allreduceNow(team: Team, data: unknown, given: unknown): unknown {
  const type = plainTypeOf(data);
  if (type === undefined || (given !== undefined && (typeof given !== 'object' || given === null))) return notDirect;
  const { op, into, reproducible, timeoutMs, signal } = (given ?? none) as Options;
  if (reproducible !== undefined || timeoutMs !== undefined || signal !== undefined) return notDirect;
  const operands = operandsFor(op, type);
  const array = data as Float64Array;
  const { length } = array;
  if (operands === null) return notDirect;
  const target = roomFor(into, type, length);
  if (target === null) return notDirect;
  const result = target.length === length ? target : target.subarray(0, length);
  team.operation = 'allreduce';
  const number = team.number();
  if (fitsSlot(length * type.bytes)) runNow(team, new SlotAllreduce(array, target, operands, number));
  else followNow(...tiles(team, operands, { data: array, target: result, number }));
  return result;
}

/** The allreduce of a program; false when it is not for shared memory. */
export function* allreduceShared(call: CollectiveCall, elements: Elements, target: NumericArray): Program<boolean> {
  const { team, number } = call;
  const { op, type, kernel, vector: data } = elements;
  if (team === undefined || number === undefined || op === null) return false;
  if (fitsSlot(data.byteLength)) {
    yield* runLater(team, new SlotAllreduce(data, target, { op, type, kernel }, number));
  } else {
    yield* follow(...tiles(team, { op, type }, { data, target, number }));
  }
  return true;
}

function tiles(
  team: Team,
  reduction: Reduction,
  { data, target, number }: { data: NumericArray; target: NumericArray; number: number },
): [Meeting, Tiles] {
  const kind = kindWord('allreduce', reduction.type.code, reduction.op);
  const meeting = new Meeting(team, { kind, length: data.length, root: 0, number });
  return [meeting, reduceAll(meeting, reduction, data, target)];
}
