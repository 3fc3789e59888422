/** How windows are made: every rank exposes a part, and all learn how long each is. */
import type { NumericArrayConstructor } from '../core/api.ts';
import { type PartPlan, WindowPart } from '../transport/window/window-part.ts';
import { show, withArticle } from './show.ts';
import { elementConstructorOf, elementConstructors, formatName } from './element-type.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import { type CollectiveCall, everyonesNumbers } from './install.ts';
import type { Program } from './program.ts';
import type { WindowGround } from './window.ts';

const operation = 'window';

/** Told instead of a length by a rank that has no room. */
const noRoom = -1;

/** What a rank wants to expose. Throws ERR_TYPE and ERR_COUNT. */
export function partPlan(group: Group, number: number, type: unknown, length: unknown): PartPlan {
  const format = elementConstructors.indexOf(type as NumericArrayConstructor) + 1;
  if (format === 0) {
    const what = `the type is ${typeof type === 'function' ? 'no type of numeric array' : show(type)}`;
    throw group.refusal('ERR_TYPE', operation, what, 'write window(Float64Array, 1000)');
  }
  if (!Number.isSafeInteger(length) || (length as number) < 0) {
    throw group.refusal('ERR_COUNT', operation, `length is ${show(length)}`, 'pass an integer of 0 or more');
  }
  return { communicator: group.id, number, format, length: length as number, ranks: group.size };
}

/** A window's part of this rank. */
export interface OwnPart extends Pick<WindowGround, 'lengths' | 'local'> {
  readonly plan: PartPlan;
  /** Where it lies in the segment, and how long. */
  readonly at: number;
  readonly bytes: number;
}

/** Collective: every rank exposes what its plan says. */
export function* exposed(engine: Engine, group: Group, plan: PartPlan, call: CollectiveCall): Program<OwnPart> {
  // A rank that uses its links itself reads them in its calls alone: its agent must be able to answer meanwhile.
  if (engine.context.bare !== undefined) engine.drain(Infinity);
  const { host, index, arrays } = engine;
  const bytes = WindowPart.bytesFor(plan);
  const at = arrays.block(bytes);
  // Before anybody can know of it.
  if (at !== 0) WindowPart.create(host, index, at, plan);
  const local = localOf(engine, plan, at);
  const lengths: number[] = [];
  let haveAllCome = false;
  try {
    const rows = yield* everyonesNumbers(call, Float64Array.of(at === 0 ? noRoom : plan.length, plan.format));
    haveAllCome = true;
    for (let rank = 0; rank < group.size; rank += 1) {
      const [length = 0, format = 0] = rows.subarray(rank * 2);
      if (length === noRoom) throw noRoomAt(group, rank, plan);
      if (format !== plan.format) throw typesDiffer(group, rank, plan.format, format);
      lengths.push(length);
    }
  } finally {
    // Where all have told, all refuse alike.
    if (lengths.length < group.size && at !== 0) conceal(engine, { at, bytes, local }, haveAllCome);
  }
  return { plan, at, bytes, local, lengths };
}

/**
 * Nobody finds the part from now on. `isOver`: nobody uses it any more either, and its memory goes to others; a rank
 * that has not met the others at the end may still have an access to it under way, which must not hit anything else.
 */
export function conceal(
  { host, index, arrays }: Engine,
  { at, bytes, local }: Pick<OwnPart, 'at' | 'bytes' | 'local'>,
  isOver: boolean,
): void {
  WindowPart.remove(host, index, at);
  if (isOver) arrays.release(local, at, bytes);
}

function localOf({ host }: Engine, plan: PartPlan, at: number): OwnPart['local'] {
  const Type = elementConstructorOf(plan.format);
  if (plan.length === 0 || at === 0) return new Type(0);
  const from = WindowPart.elementsAt(plan);
  if (!host.mapped) return new Type(host.buffer as unknown as ArrayBuffer, at + from, plan.length);
  return new Type(host.bufferAt(at, WindowPart.bytesFor(plan)), from, plan.length);
}

function noRoomAt(group: Group, rank: number, { length, format }: PartPlan): Error {
  const own = `${String(length)} elements of ${formatName(format)}`;
  const what = `rank ${String(rank)} has no room for its part; this rank asked for ${own}`;
  return group.refusal('ERR_UNSUPPORTED', operation, what, 'expose less, or let windows and arrays of alloc go first');
}

function typesDiffer(group: Group, rank: number, own: number, its: number): Error {
  const what = `rank ${String(rank)} exposes ${withArticle(formatName(its))}, this rank ${withArticle(formatName(own))}`;
  return group.refusal('ERR_MISMATCH', operation, what, 'pass the same type on every rank');
}
