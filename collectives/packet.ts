/**
 * What a rank contributes where the others cannot know its type or length, and the slot that tells them. A slot has a
 * fixed size, so that slots can travel by the algorithms for equal pieces; what is short travels inside it.
 */

import { deserialize, serialize } from 'node:v8';
import type { NumericArray } from '../runtime/core/api.ts';
import type { Exchange } from '../runtime/comm/program.ts';
import { collectiveSlotBytes } from '../runtime/core/limits.ts';
import { failure } from './arguments.ts';
import { bytesOf } from '../runtime/comm/element-type.ts';
import { type ElementType, elementTypeOf, elementTypeOfCode, plainView } from './element-type.ts';

/** Kind, type and length. */
export const slotHeaderBytes = 16;
/** A number, a short list or a small object fits behind its header. */
export const slotBytes = collectiveSlotBytes;
export const inlineBytesMax = slotBytes - slotHeaderBytes;

/** A `piece` is a numeric array that is joined with others or was cut from one; a `value` is one of a list. */
export type PacketKind = 'piece' | 'value';

export interface Packet {
  readonly kind: PacketKind;
  /** Of a numeric array; undefined when `bytes` are a serialised value. */
  readonly type: ElementType | undefined;
  readonly bytes: Uint8Array;
}

/** What a slot says. */
export interface Head {
  readonly kind: PacketKind;
  readonly type: ElementType | undefined;
  readonly length: number;
  /** The bytes, when they fit; a view into the slot. */
  readonly inline: Uint8Array | undefined;
}

/** The data as it travels: its own memory when it is a numeric array, else serialised. ERR_TYPE. */
export function packetOf(exchange: Exchange, data: unknown, kind: PacketKind): Packet {
  const type = elementTypeOf(data);
  if (type !== undefined) return { kind, type, bytes: bytesOf(plainView(data as NumericArray, type)) };
  try {
    const buffer = serialize(data);
    return { kind, type, bytes: new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw failure(
      exchange,
      'ERR_TYPE',
      `the data cannot be cloned: ${why}`,
      'pass a structured-cloneable value',
      error,
    );
  }
}

/** The value of a packet, in memory of its own. */
export function valueOf(type: ElementType | undefined, bytes: Uint8Array): unknown {
  const own = bytes.slice();
  return type === undefined ? deserialize(own) : new type.constructor(own.buffer);
}

/** Writes a header, and the bytes behind it when they fit. */
export function writeHead(slot: Uint8Array, { kind, type, bytes }: Packet): void {
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  view.setUint8(0, kind === 'piece' ? 1 : 2);
  view.setUint8(1, type?.code ?? 0);
  view.setFloat64(8, bytes.length, true);
  if (bytes.length <= slot.length - slotHeaderBytes) slot.set(bytes, slotHeaderBytes);
}

export function readHead(slot: Uint8Array): Head {
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const length = view.getFloat64(8, true);
  const fits = length <= slot.length - slotHeaderBytes;
  return {
    kind: view.getUint8(0) === 1 ? 'piece' : 'value',
    type: elementTypeOfCode(view.getUint8(1)),
    length,
    inline: fits ? slot.subarray(slotHeaderBytes, slotHeaderBytes + length) : undefined,
  };
}

/** A slot of its own for one packet. */
export function slotOf(packet: Packet): Uint8Array {
  const slot = new Uint8Array(slotBytes);
  writeHead(slot, packet);
  return slot;
}

export function readSlots(slots: Uint8Array): Head[] {
  const heads: Head[] = [];
  for (let start = 0; start < slots.length; start += slotBytes)
    heads.push(readHead(slots.subarray(start, start + slotBytes)));
  return heads;
}
