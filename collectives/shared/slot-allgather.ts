/** The first step of an allgather and of a gather: all show what they have, its type and length, and what fits. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import type { ElementType } from '../element-type.ts';
import type { Head, Packet } from '../packet.ts';
import { kindWord, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { readShown, show, showArray, showsArray, takeArray } from './slot-shown.ts';

const allgatherKind = kindWord('allgather');

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

  /** What everybody shows; the bytes are good until the next step. */
  protected heads(team: Team, step: number): readonly Head[] {
    return Array.from({ length: team.size }, (_, rank) => readShown(team, rank, step));
  }
}

/** Of anything. */
export class SlotAllgather extends Allgather implements SlotCall<readonly Head[]> {
  readonly #packet: Packet;

  constructor(name: 'allgather' | 'gather', packet: Packet, { root, number }: { root: number; number: number }) {
    super(kindWord(name), root, number);
    this.#packet = packet;
  }

  put(team: Team, step: number): void {
    show(team, step, this.#packet);
  }

  take(team: Team, step: number): readonly Head[] {
    return this.heads(team, step);
  }
}

/** The same of plain arrays: of one type and length, as nearly always, they are joined with nothing made for it. */
export class SlotAllgatherArrays extends Allgather implements SlotCall<readonly Head[] | null> {
  readonly #type: ElementType;
  readonly #own: NumericArray;
  readonly #target: NumericArray;

  /** `target` has room for as many arrays of `own`'s length as there are ranks. */
  constructor(type: ElementType, own: NumericArray, target: NumericArray, number: number) {
    super(allgatherKind, 0, number);
    this.#type = type;
    this.#own = own;
    this.#target = target;
  }

  put(team: Team, step: number): void {
    showArray(team, step, this.#type, this.#own);
  }

  /** Null when all is joined, else what everybody shows. */
  take(team: Team, step: number): readonly Head[] | null {
    const [type, target] = [this.#type, this.#target];
    const { length } = this.#own;
    for (let rank = 0; rank < team.size; rank += 1) {
      if (!showsArray(team, rank, step, type, length * type.bytes)) return this.heads(team, step);
    }
    for (let rank = 0; rank < team.size; rank += 1) {
      takeArray(target, rank * length, team, { rank, step, type, length });
    }
    return null;
  }
}
