/** Which form a reduction or an alltoall takes in shared memory: all ranks choose alike, by what all must agree on. */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Team } from '../../runtime/comm/team.ts';
import type { Layout } from '../algorithm.ts';
import { alltoallEven } from './exchanges.ts';
import { headOf, type Operands } from './operands.ts';
import { scanAll } from './prefixes.ts';
import { reduceAll } from './reductions.ts';
import { reduceScatterAll } from './scattered.ts';
import { type Form, TileCall } from './form.ts';
import { kinds, layoutWord } from './signature.ts';
import { SlotAlltoall } from './slot-alltoall.ts';
import { fitsSlot } from './slot-fold.ts';
import { type Reduced, resultOf, SlotReduce } from './slot-reduce.ts';
import { SlotReduceScatter } from './slot-reduce-scatter.ts';
import { SlotScan } from './slot-scan.ts';
import { Meeting } from './tiles.ts';

/** One call on one team: its number there. */
export interface Numbered {
  readonly team: Team;
  readonly number: number;
}

/** Reduce, or (`root` −1) allreduce. */
export function reduceForm(
  { team, number }: Numbered,
  root: number,
  reduced: Reduced,
  operands: Operands,
): Form<unknown> {
  const { data, target } = reduced;
  if (fitsSlot(data.length * operands.type.bytes)) return new SlotReduce(root, reduced, operands, number);
  const kind = (root < 0 ? kinds.allreduce : kinds.reduce) | operands.word;
  const meeting = new Meeting(team, { kind, length: data.length, root: Math.max(root, 0), number });
  const into = target === null ? null : headOf(target, data.length);
  return new TileCall([meeting, reduceAll(meeting, operands, { data, into }, root >= 0)], () => resultOf(reduced));
}

/** Scan or exscan. */
export function scanForm(call: Numbered, exclusive: boolean, reduced: Reduced, operands: Operands): Form<unknown> {
  const { team, number } = call;
  const { data, target } = reduced;
  if (fitsSlot(data.length * operands.type.bytes)) return new SlotScan({ team, exclusive, number }, reduced, operands);
  const kind = (exclusive ? kinds.exscan : kinds.scan) | operands.word;
  const meeting = new Meeting(team, { kind, length: data.length, root: 0, number });
  const into = target === null ? null : headOf(target, data.length);
  return new TileCall([meeting, scanAll(meeting, operands, { data, into, exclusive })], () => resultOf(reduced));
}

/** `own` is as long as this rank's piece. */
export function reduceScatterForm(
  { team, number }: Numbered,
  { data, own, layout }: { data: NumericArray; own: NumericArray; layout: Layout },
  operands: Operands,
): Form<NumericArray> {
  const word = layoutWord(layout.counts);
  if (fitsSlot(data.length * operands.type.bytes)) {
    const from = layout.offsets[team.rank] ?? 0;
    return new SlotReduceScatter({ data, own, from, layout: word }, operands, number);
  }
  const kind = kinds.reduceScatter | operands.word | word;
  const meeting = new Meeting(team, { kind, length: data.length, root: 0, number });
  return new TileCall([meeting, reduceScatterAll(meeting, operands, { vector: data, own, layout })], () => own);
}

/** Equal pieces of arrays of the type with code `format`. */
export function alltoallForm(
  { team, number }: Numbered,
  { input, output, layout }: { input: NumericArray; output: NumericArray; layout: Layout },
  format: number,
): Form<NumericArray> {
  if (fitsSlot(input.byteLength)) return new SlotAlltoall(input, output, format, number);
  const meeting = new Meeting(team, { kind: kinds.alltoall | format, length: input.length, root: 0, number });
  const call = { input, inputLayout: layout, output, outputLayout: layout };
  return new TileCall([meeting, alltoallEven(meeting, call)], () => output);
}
