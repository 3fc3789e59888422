/**
 * Steps inside a segment for data that fit a slot: in one the ranks give what they have, and only the leader waits; in
 * the next one they take what the leader shows, and wait for it alone.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { type Team, Whom } from '../../runtime/comm/team.ts';
import type { Layout } from '../algorithm.ts';
import { formatOf } from '../../runtime/comm/element-type.ts';
import { countOf } from '../layout.ts';
import type { Operands } from '../shared/operands.ts';
import { placeWord } from '../shared/signature.ts';
import type { SlotCall } from '../shared/slot-call.ts';
import { copyRange, copyShort } from '../shared/slot-copy.ts';
import { commonAt, foldAt, foldInto } from '../shared/slot-fold.ts';
import type { Identity } from '../shared/tiles.ts';

abstract class Short {
  readonly kind: number;
  readonly length: number;
  readonly place: number;
  readonly whom: number;
  readonly isAwaited: boolean;

  constructor({ kind, length, root, number }: Identity, whom: number, isAwaited: boolean) {
    this.kind = kind;
    this.length = length;
    this.place = placeWord(root, number);
    this.whom = whom;
    this.isAwaited = isAwaited;
  }

  combine(_team: Team, _step: number): void {
    // Most do nothing for all.
  }
}

/** Everybody is here; each gives its piece of `all` to the leader, where there are pieces. */
export class Give extends Short implements SlotCall<void> {
  readonly #all: NumericArray | null;
  readonly #layout: Layout | null;

  constructor(identity: Identity, isLeader: boolean, pieces: { all: NumericArray; layout: Layout } | null) {
    super(identity, isLeader ? Whom.everyone : Whom.nobody, false);
    this.#all = pieces?.all ?? null;
    this.#layout = pieces?.layout ?? null;
  }

  put(team: Team, step: number): void {
    const [all, layout] = [this.#all, this.#layout];
    if (all === null || layout === null) return;
    const { rank } = team;
    copyRange(team.payload(formatOf(all), rank, step), 0, all, layout.offsets[rank] ?? 0, countOf(layout, rank));
  }

  take(team: Team, step: number): void {
    const [all, layout] = [this.#all, this.#layout];
    if (this.whom === Whom.nobody || all === null || layout === null) return;
    for (let rank = 0; rank < team.size; rank += 1) {
      if (rank === team.rank) continue;
      copyRange(all, layout.offsets[rank] ?? 0, team.payload(formatOf(all), rank, step), 0, countOf(layout, rank));
    }
  }
}

/** The reduction of everybody's `vector`, in that of the leader. */
export class Reduce extends Short implements SlotCall<void> {
  readonly #vector: NumericArray;
  readonly #operands: Operands;

  constructor(identity: Identity, isLeader: boolean, vector: NumericArray, operands: Operands) {
    super(identity, isLeader ? Whom.everyone : Whom.nobody, false);
    this.#vector = vector;
    this.#operands = operands;
  }

  put(team: Team, step: number): void {
    const vector = this.#vector;
    copyShort(team.payload(formatOf(vector), team.rank, step), vector, vector.length);
  }

  /** Where ranks are counted, the last one reduces, whoever it is. */
  override combine(team: Team, step: number): void {
    foldAt(commonAt(team, step), team, step, this.#operands, this.#range(team));
  }

  take(team: Team, step: number): void {
    const vector = this.#vector;
    if (this.whom === Whom.nobody) return;
    if (team.counting) copyShort(vector, team.payload(formatOf(vector), -1, step), vector.length);
    else foldInto(vector, team, step, this.#operands, this.#range(team));
  }

  #range(team: Team): { from: number; length: number; end: number } {
    return { from: 0, length: this.#vector.length, end: team.size };
  }
}

/** What `leader` has in `vector`, in everybody's. */
export class Take extends Short implements SlotCall<void> {
  readonly #vector: NumericArray;
  readonly #leader: number;

  constructor(identity: Identity, { leader, isLeader }: { leader: number; isLeader: boolean }, vector: NumericArray) {
    super(identity, isLeader ? Whom.nobody : leader, isLeader);
    this.#vector = vector;
    this.#leader = leader;
  }

  put(team: Team, step: number): void {
    const vector = this.#vector;
    if (this.isAwaited) copyRange(team.payload(formatOf(vector), team.rank, step), 0, vector, 0, vector.length);
  }

  take(team: Team, step: number): void {
    const vector = this.#vector;
    if (!this.isAwaited) copyRange(vector, 0, team.payload(formatOf(vector), this.#leader, step), 0, vector.length);
  }
}
