/**
 * What a rank shows of data whose type and length the others cannot know: both, and the bytes themselves where they
 * fit. The payload of its slot holds the length as a double, the type's code and the kind as words, then the bytes.
 */
import { slotPayloadBytes, type Team } from '../../runtime/comm/team.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import { type ElementType, elementTypeOfCode } from '../element-type.ts';
import type { Head, Packet } from '../packet.ts';
import { copyRange } from './slot-copy.ts';

const shownHeadBytes = 16;
/** Bytes that fit behind the head. */
export const shownBytesMax = slotPayloadBytes - shownHeadBytes;

const kinds = ['piece', 'value'] as const;

/** Shows `packet` in this rank's slot of `step`. */
export function show(team: Team, step: number, { kind, type, bytes }: Packet): void {
  const at = team.payloadWord(team.rank, step);
  const { words, floats } = team.region;
  floats[at >> 1] = bytes.length;
  words[at + 2] = type?.code ?? 0;
  words[at + 3] = kinds.indexOf(kind);
  if (bytes.length <= shownBytesMax) team.payloadBytes(team.rank, step).set(bytes, shownHeadBytes);
}

/** What `rank` shows; the bytes are a view into its slot. */
export function readShown(team: Team, rank: number, step: number): Head {
  const length = shownLength(team, rank, step);
  const at = team.payloadWord(rank, step);
  const { words } = team.region;
  const bytes = team.payloadBytes(rank, step);
  return {
    kind: kinds[words[at + 3] ?? 0] ?? 'piece',
    type: elementTypeOfCode(words[at + 2] ?? 0),
    length,
    inline: length <= shownBytesMax ? bytes.subarray(shownHeadBytes, shownHeadBytes + length) : undefined,
  };
}

/** How many bytes `rank` shows, or would if they fitted. */
export function shownLength(team: Team, rank: number, step: number): number {
  return team.region.floats[team.payloadWord(rank, step) >> 1] ?? 0;
}

/** The same as `show` for a plain array of `type`, with nothing made for it. */
export function showArray(team: Team, step: number, type: ElementType, array: NumericArray): void {
  const at = team.payloadWord(team.rank, step);
  const { words, floats } = team.region;
  const bytes = array.length * type.bytes;
  floats[at >> 1] = bytes;
  words[at + 2] = type.code;
  words[at + 3] = 0;
  const payload = team.payload(type.code, team.rank, step);
  if (bytes <= shownBytesMax) copyRange(payload, shownHeadBytes / type.bytes, array, 0, array.length);
}

/** True when `rank` shows an array of `type`, of `bytes` bytes, that all fitted. */
export function showsArray(team: Team, rank: number, step: number, { code }: ElementType, bytes: number): boolean {
  const at = team.payloadWord(rank, step);
  const { words, floats } = team.region;
  return words[at + 2] === code && words[at + 3] === 0 && bytes <= shownBytesMax && floats[at >> 1] === bytes;
}

/** Copies the `length` elements that `rank` shows to `target` from element `to` on. */
export function takeArray(
  target: NumericArray,
  to: number,
  team: Team,
  { rank, step, type, length }: { rank: number; step: number; type: ElementType; length: number },
): void {
  copyRange(target, to, team.payload(type.code, rank, step), shownHeadBytes / type.bytes, length);
}
