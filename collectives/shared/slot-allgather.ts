/** The first step of an allgather and of a gather: all show what they have, its type and length, and what fits. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import type { ElementType } from '../element-type.ts';
import type { Head, Packet } from '../packet.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { readShown, show, showArray, showsArray, takeArray } from './slot-shown.ts';

abstract class Allgather {
  readonly kind: number;
  readonly length = 0;
  readonly place: number;
  readonly whom = Whom.everyone;
  readonly isAwaited = false;

  constructor(kind: number, root: number, number: number) {
    this.kind = kind;
    this.place = placeWord(root, number);
  }

  combine(): void {
    // Each takes what all show.
  }
}

/** What everybody shows; the bytes are good until the next step. */
function headsOf(team: Team, step: number): readonly Head[] {
  return Array.from({ length: team.size }, (_, rank) => readShown(team, rank, step));
}

/** Of anything. */
export class SlotAllgather extends Allgather implements SlotCall<readonly Head[]> {
  readonly #packet: Packet;

  constructor(name: 'allgather' | 'gather', packet: Packet, { root, number }: { root: number; number: number }) {
    super(kinds[name], root, number);
    this.#packet = packet;
  }

  put(team: Team, step: number): void {
    show(team, step, this.#packet);
  }

  take(team: Team, step: number): readonly Head[] {
    return headsOf(team, step);
  }
}

/**
 * After a step at which all have shown plain arrays, this rank one that fits a slot: the others', of one `type` and
 * `length`, as nearly always, are joined in `target` with nothing made for it. Null when they are, else what everybody
 * shows.
 */
export function takeJoined(
  team: Team,
  step: number,
  type: ElementType,
  length: number,
  target: NumericArray,
): readonly Head[] | null {
  const { rank: own, size } = team;
  const bytes = length * type.bytes;
  for (let rank = 0; rank < size; rank += 1) {
    if (rank !== own && !showsArray(team, rank, step, type, bytes)) return headsOf(team, step);
  }
  for (let rank = 0; rank < size; rank += 1) {
    if (rank !== own) takeArray(target, rank * length, team, { rank, step, type, length });
  }
  return null;
}

/** The same of plain arrays. */
export class SlotAllgatherArrays extends Allgather implements SlotCall<readonly Head[] | null> {
  readonly #type: ElementType;
  readonly #own: NumericArray;
  readonly #target: NumericArray;

  /** `target` has room for as many arrays of `own`'s length as there are ranks. */
  constructor(type: ElementType, own: NumericArray, target: NumericArray, number: number) {
    super(kinds.allgather, 0, number);
    this.#type = type;
    this.#own = own;
    this.#target = target;
  }

  put(team: Team, step: number): void {
    showArray(team, step, this.#type, this.#own);
  }

  /** Null when all is joined, else what everybody shows. */
  take(team: Team, step: number): readonly Head[] | null {
    const { length } = this.#own;
    const heads = takeJoined(team, step, this.#type, length, this.#target);
    const own = { rank: team.rank, step, type: this.#type, length };
    if (heads === null) takeArray(this.#target, team.rank * length, team, own);
    return heads;
  }
}
