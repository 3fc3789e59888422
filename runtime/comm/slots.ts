/** The slots of a team, by rank and step, with views of them. */
import type { NumericArray } from '../core/api.ts';
import type { HostSegment } from '../transport/host-segment.ts';
import type { Region } from '../transport/region.ts';
import {
  areaBytes,
  slotByte,
  slotHeadBytes,
  slotPayloadBytes,
  slotWords,
  stepsAheadMax,
} from '../transport/step-area.ts';
import { elementConstructors } from './element-type.ts';

/** The code of Uint8Array. */
const uint8Format = elementConstructors.indexOf(Uint8Array) + 1;

export class Slots {
  readonly host: HostSegment;
  readonly rank: number;
  readonly size: number;
  /** The area, with views of its own. */
  readonly region: Region;
  /** Those of the region. */
  protected readonly words: Int32Array;
  /** Byte of the segment where the area starts. */
  protected readonly area: number;
  /** Payloads as arrays, by element code, then by slot; made when first asked for. */
  readonly #payloads: NumericArray[][] = elementConstructors.map(() => []);

  constructor(host: HostSegment, area: number, { rank, size }: { rank: number; size: number }) {
    this.host = host;
    this.rank = rank;
    this.size = size;
    this.region = host.region(area, areaBytes(size));
    this.words = this.region.words;
    this.area = area;
  }

  /** Byte of the segment where the slot of `rank` (−1: of all) for `step` starts: its head, then its payload. */
  slot(rank: number, step: number): number {
    return this.area + slotByte(rank, step);
  }

  /** Where the payload of that slot starts, as an index of `region.words`; of `region.floats` it is half of that. */
  payloadWord(rank: number, step: number): number {
    return (slotByte(rank, step) + slotHeadBytes) >> 2;
  }

  /** Bytes from the slot of a rank to that of the next one, for the same step. */
  get slotStride(): number {
    return stepsAheadMax * slotWords * 4;
  }

  /** The payload of that slot, all of it, as an array of the type with code `format`. */
  payload(format: number, rank: number, step: number): NumericArray {
    const views = this.#payloads[format - 1] ?? [];
    const index = (rank + 1) * stepsAheadMax + (step & (stepsAheadMax - 1));
    return views[index] ?? this.#view(views, index, format, slotByte(rank, step) + slotHeadBytes);
  }

  payloadBytes(rank: number, step: number): Uint8Array {
    return this.payload(uint8Format, rank, step) as Uint8Array;
  }

  #view(views: NumericArray[], index: number, format: number, at: number): NumericArray {
    const view = this.region.part(format, at, slotPayloadBytes);
    views[index] = view;
    return view;
  }

  /** The three words that `rank` has given for `step`. */
  signature(rank: number, step: number): readonly [number, number, number] {
    const at = this.slotWord(rank, step);
    const [kind = 0, length = 0, place = 0] = this.words.subarray(at + 1, at + 4);
    return [kind, length, place];
  }

  protected slotWord(rank: number, step: number): number {
    return slotByte(rank, step) >> 2;
  }
}
