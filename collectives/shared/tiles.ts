/**
 * Collectives of any length among ranks that share memory: what the others shall read lies in the segment (an array of
 * `alloc` already does, any other passes through this rank's staging, a tile at a time), those who read it wait for who
 * shows it, and read it in place. Written as generators of the steps that they wait at.
 */
import type { Program } from '../../runtime/comm/program.ts';
import { type SharedCall, slotHeadBytes, slotPayloadBytes, type Team, Whom } from '../../runtime/comm/team.ts';
import { noteForm } from '../noted.ts';
import type { Place } from './place.ts';
import { checkAgreement, placeWord } from './signature.ts';
import { type Sources, workspaceOf, type Workspace } from './workspace.ts';

/** Yields each step at which `Meeting.whom` must be met. */
export type Tiles = Generator<number, void, void>;
/** Part of one, which gives the step that it has taken. */
type Shows = Generator<number, number, void>;

/** What makes a call this one and no other. */
export interface Identity {
  /** See `signature.ts`. */
  readonly kind: number;
  /** Where all must agree on it; else 0. */
  readonly length: number;
  readonly root: number;
  readonly number: number;
}

/** Where words that a rank adds start in the payload, behind address and note, and how many fit. */
const tableWord = 4;
export const tableWordsMax = slotPayloadBytes / 4 - tableWord;

/** `note` of a rank that shows its caller's array: it does not return before all have read it. */
export const inCallersArray = 1;

/** One call's view of its team: publishing an address, arriving, reading the others'. */
export class Meeting {
  readonly team: Team;
  readonly work: Workspace;
  /** Whom to wait for at the step that was yielded. */
  whom: number = Whom.everyone;
  /** False when the step that was yielded is another call's, or its slots may be in use again. */
  isChecked = true;
  /** Where ranks are counted: what the last one does for all at each step; it returns an address for `common`. */
  once: ((step: number) => number) | null = null;
  /** True when others wait for this rank alone. */
  isAwaited = false;
  readonly #identity: Identity;
  readonly #place: number;

  constructor(team: Team, identity: Identity) {
    this.team = team;
    this.work = workspaceOf(team);
    this.#identity = identity;
    this.#place = placeWord(identity.root, identity.number);
    noteForm('shared memory', 'tiles');
  }

  // ---- waiting

  /** To be yielded: wait for all ranks at `step`. */
  everyone(step: number): number {
    return this.of(Whom.everyone, step);
  }

  /** The same for one rank, or one of `Whom`. */
  of(whom: number, step: number): number {
    this.whom = whom;
    this.isChecked = true;
    return step;
  }

  /** The same for room: nothing is read there. */
  #drained(step: number): number {
    this.whom = Whom.everyone;
    this.isChecked = false;
    return step;
  }

  /** The step that all must have arrived at before this rank may show something that is held until `held`. */
  #due(held: number): number {
    const { room } = this.team;
    return ((held - room) | 0) > 0 ? held : room;
  }

  // ---- arriving

  /**
   * Shows `length` bytes of `place` from `from` on, by way of staging where need be, and arrives. Nobody reads them any
   * more once all have arrived `held` steps later.
   */
  *show(place: Place, from: number, length: number, held: number, note = 0): Shows {
    if (place.isShown) return yield* this.arrive(place.at + from, note + inCallersArray, held);
    const at = yield* this.tile(held);
    place.give(at, from, length);
    return this.#arrive(at, note, held);
  }

  /** Waits for the next tile to show, and for room for its step, which is this rank's next one; gives its address. */
  *tile(held: number): Shows {
    const { team } = this;
    const { staging } = this.work;
    const due = this.#due(staging.due);
    if (!team.reached(due)) yield this.#drained(due);
    return staging.take((team.step + 1 + held) | 0);
  }

  /**
   * Arrives with an address and a note, once there is room for the step; `write` may add `tableWordsMax` words. All are
   * read until `held` steps later.
   */
  *arrive(address: number, note = 0, held = 1, write?: (words: Int32Array, at: number) => void): Shows {
    const { room } = this.team;
    if (!this.team.reached(room)) yield this.#drained(room);
    write?.(this.team.region.words, this.team.payloadWord(this.team.rank, (this.team.step + 1) | 0) + tableWord);
    return this.#arrive(address, note, held);
  }

  /** A last step: who has shown its caller's array (`waits`) waits there until nobody reads it any more. */
  *end(waits: boolean): Tiles {
    this.once = null;
    const step = yield* this.arrive(0);
    if (waits) yield this.everyone(step);
  }

  #arrive(address: number, note: number, held: number): number {
    const { team } = this;
    const { kind, length } = this.#identity;
    const step = team.open(kind, length, this.#place, Math.max(held, 1));
    const { words, floats } = team.region;
    const at = team.payloadWord(team.rank, step);
    words[at] = address;
    floats[(at >> 1) + 1] = note;
    if (team.arrive(step, this.isAwaited)) {
      const odd = team.oddOne(step);
      if (odd < 0 && this.once !== null) words[team.payloadWord(-1, step)] = this.once(step);
      team.release(step, odd);
    }
    return step;
  }

  // ---- reading

  /** After `step` was reached: throws when whom this rank waited for took it for something else. */
  check(step: number, whom: number): void {
    checkAgreement(this.team, step, whom);
  }

  /** The address that `rank` published. */
  address(rank: number, step: number): number {
    return (this.team.region.words[this.team.payloadWord(rank, step)] ?? 0) >>> 0;
  }

  /** The address that the last rank gave for all. */
  common(step: number): number {
    return this.address(-1, step);
  }

  /** What all have published, `offset` bytes further on, as sources of a kernel. */
  shown(step: number, offset: number): Sources {
    const { team } = this;
    return { table: team.slot(0, step) + slotHeadBytes, stride: team.slotStride, count: team.size, offset };
  }

  /** The word at `index` of those that `rank` has added. */
  table(rank: number, step: number, index: number): number {
    return (this.team.region.words[this.team.payloadWord(rank, step) + tableWord + index] ?? 0) >>> 0;
  }

  note(rank: number, step: number): number {
    return this.team.region.floats[(this.team.payloadWord(rank, step) >> 1) + 1] ?? 0;
  }

  /** True when some rank has shown its caller's array. */
  anyLent(step: number): boolean {
    for (let rank = 0; rank < this.team.size; rank += 1) if (this.note(rank, step) === inCallersArray) return true;
    return false;
  }
}

/** Shares are cut at cache lines, so that no two ranks write one. */
export function shareOf(bytes: number, rank: number, size: number): readonly [start: number, end: number] {
  const share = Math.ceil(bytes / size / 64) * 64;
  return [Math.min(rank * share, bytes), Math.min((rank + 1) * share, bytes)];
}

/** Makes `tiles` a program. */
export function* follow(meeting: Meeting, tiles: Tiles): Program<void> {
  for (const step of tiles) {
    const { whom, isChecked } = meeting;
    yield* meeting.team.until(step, whom);
    if (isChecked) meeting.check(step, whom);
  }
}

/** The same from step to step. */
export function* tileSteps(meeting: Meeting, tiles: Tiles): SharedCall<void> {
  for (const step of tiles) {
    const { whom, isChecked } = meeting;
    yield { step, whom };
    if (isChecked) meeting.check(step, whom);
  }
}

/** Runs `tiles` to their end; blocks meanwhile. */
export function followNow(meeting: Meeting, tiles: Tiles): void {
  for (const step of tiles) {
    const { whom, isChecked } = meeting;
    meeting.team.meet(step, whom);
    if (isChecked) meeting.check(step, whom);
  }
}
