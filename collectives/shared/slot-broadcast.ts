/**
 * The first step of every broadcast: the root shows what it sends, of which type and how long, and the bytes too where
 * they fit. The others wait for the root alone, and the root for nobody.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import type { ElementType } from '../element-type.ts';
import type { Head, Packet } from '../packet.ts';
import { kinds, placeWord } from './signature.ts';
import type { SlotCall } from './slot-call.ts';
import { readShown, show, showArray, shownLength, showsArray, takeArray } from './slot-shown.ts';

abstract class Broadcast {
  readonly kind = kinds.broadcast;
  readonly length = 0;
  readonly place: number;
  readonly whom: number;
  readonly isAwaited: boolean;
  protected readonly root: number;

  constructor(root: number, isRoot: boolean, number: number) {
    this.place = placeWord(root, number);
    this.whom = isRoot ? Whom.nobody : root;
    this.isAwaited = isRoot;
    this.root = root;
  }

  combine(): void {
    // Each takes it from the root.
  }
}

/** Of anything. */
export class SlotBroadcast extends Broadcast implements SlotCall<Head> {
  readonly #packet: Packet | null;

  /** `packet`: what the root sends, and null on the others. */
  constructor(root: number, packet: Packet | null, number: number) {
    super(root, packet !== null, number);
    this.#packet = packet;
  }

  put(team: Team, step: number): void {
    if (this.#packet !== null) show(team, step, this.#packet);
  }

  /** What the root shows; the bytes, where they fit, are good until the next step. */
  take(team: Team, step: number): Head {
    return readShown(team, this.root, step);
  }
}

/** The same of a plain array of `type`, to an array of that type: with nothing made for it. */
export class SlotBroadcastArray extends Broadcast implements SlotCall<number | Head> {
  readonly #type: ElementType;
  readonly #array: NumericArray;

  /** `array`: what the root sends; on the others where it goes. */
  constructor(place: { root: number; isRoot: boolean }, type: ElementType, array: NumericArray, number: number) {
    super(place.root, place.isRoot, number);
    this.#type = type;
    this.#array = array;
  }

  put(team: Team, step: number): void {
    if (team.rank === this.root) showArray(team, step, this.#type, this.#array);
  }

  /** How many elements were taken; what the root shows, where they could not be. */
  take(team: Team, step: number): number | Head {
    return team.rank === this.root ? this.#array.length : takeFrom(team, this.root, step, this.#type, this.#array);
  }
}

/** Takes what `root` shows to the start of `array`: how many elements, or what it shows where they do not fit. */
export function takeFrom(
  team: Team,
  root: number,
  step: number,
  type: ElementType,
  array: NumericArray,
): number | Head {
  const length = shownLength(team, root, step) / type.bytes;
  if (length > array.length || !showsArray(team, root, step, type, length * type.bytes)) {
    return readShown(team, root, step);
  }
  takeArray(array, 0, team, { rank: root, step, type, length });
  return length;
}
