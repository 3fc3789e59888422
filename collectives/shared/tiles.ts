/**
 * Collectives of any length among ranks that share memory: what the others shall read lies in the segment (an array of
 * `alloc` already does, any other passes through this rank's staging, a tile at a time), all arrive, and each reads it
 * in place. Written as generators of the steps that must be reached before they go on.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { bytesOf } from '../../runtime/comm/element-type.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { slotHeadBytes, type Team } from '../../runtime/comm/team.ts';
import { noteForm } from '../noted.ts';
import { mismatch, placeWord } from './signature.ts';
import { workspaceOf, type Workspace } from './workspace.ts';

/** Yields each step that must be reached by all. */
export type Tiles = Generator<number, void, void>;

/** What makes a call this one and no other. */
export interface Identity {
  /** See `signature.ts`. */
  readonly kind: number;
  /** Where all must agree on it; else 0. */
  readonly length: number;
  readonly root: number;
  readonly number: number;
}

/** `note` of a rank that shows its caller's array: nobody returns before all have read it. */
export const inCallersArray = 1;

/** One call's view of its team: publishing an address, arriving, reading the others'. */
export class Meeting {
  readonly team: Team;
  readonly work: Workspace;
  readonly #identity: Identity;
  readonly #place: number;

  constructor(team: Team, identity: Identity) {
    this.team = team;
    this.work = workspaceOf(team);
    this.#identity = identity;
    this.#place = placeWord(identity.root, identity.number);
    noteForm('shared memory', 'tiles');
  }

  /**
   * Publishes `address` and `note`, and arrives. Where ranks are counted, `once` is what the last one does for all; it
   * returns an address for `common`.
   */
  arrive(address: number, note = 0, once?: (step: number) => number): number {
    const { team } = this;
    const { kind, length } = this.#identity;
    const step = team.open(kind, length, this.#place);
    const at = this.#payload(team.rank, step);
    const { words } = team.host;
    words[at] = address / 8;
    words[at + 1] = address & 7;
    team.host.floats[at / 2 + 1] = note;
    if (team.arrive(step)) {
      const odd = team.oddOne(step);
      if (odd < 0 && once !== undefined) words[this.#payload(-1, step)] = once(step) / 8;
      team.release(step, odd);
    }
    return step;
  }

  /** After `step` was reached: throws when a rank took it for something else. */
  check(step: number): void {
    const odd = this.team.oddAt(step);
    if (odd >= 0) throw mismatch(this.team, step, odd);
  }

  /** The address that `rank` published. */
  address(rank: number, step: number): number {
    const at = this.#payload(rank, step);
    const { words } = this.team.host;
    return ((words[at] ?? 0) >>> 0) * 8 + (words[at + 1] ?? 0);
  }

  /** True when some rank has shown its caller's array. */
  anyLent(step: number): boolean {
    for (let rank = 0; rank < this.team.size; rank += 1) if (this.note(rank, step) === inCallersArray) return true;
    return false;
  }

  note(rank: number, step: number): number {
    return this.team.host.floats[this.#payload(rank, step) / 2 + 1] ?? 0;
  }

  /** The address that the last rank gave for all. */
  common(step: number): number {
    return ((this.team.host.words[this.#payload(-1, step)] ?? 0) >>> 0) * 8;
  }

  /** The addresses of all ranks, `offset` bytes further on. */
  addresses(step: number, offset: number): number[] {
    return Array.from({ length: this.team.size }, (_, rank) => this.address(rank, step) + offset);
  }

  #payload(rank: number, step: number): number {
    return (this.team.slot(rank, step) + slotHeadBytes) / 4;
  }
}

/** An array of the caller's: its bytes, and where it lies in the segment (-1: elsewhere). */
export class Place {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly #team: Team;
  readonly #work: Workspace;

  constructor({ team, work }: Meeting, array: NumericArray) {
    this.#team = team;
    this.#work = work;
    this.bytes = bytesOf(array);
    this.at = team.host.offsetOf(array);
  }

  /** Address where `length` bytes from `from` on can be read: where they are, or copied to `staging`. */
  show(from: number, length: number, staging: number): number {
    if (this.at >= 0) return this.at + from;
    if (length > 0) this.#team.host.copyIn(staging, this.bytes.subarray(from, from + length));
    return staging;
  }

  /** Takes `length` bytes at `address` to `from`. */
  take(from: number, length: number, address: number): void {
    if (length === 0 || this.at + from === address) return;
    if (this.at >= 0) this.#work.kernels.copy(this.at + from, address, length);
    else this.#team.host.copyOut(this.bytes.subarray(from, from + length), address, length);
  }
}

/**
 * An array of pieces, one for each rank, as it is shown to them: as it is, where it fits a tile or lies in the segment,
 * and else a chunk of every piece at a time.
 */
export class Pieces {
  /** What is shown of each piece at a time. */
  readonly chunk: number;
  readonly #meeting: Meeting;
  readonly #source: Place;
  readonly #startOf: (peer: number) => number;
  readonly #whole: boolean;

  /** `startOf` gives where a rank's piece starts in `array`, in bytes; `longest` the bytes of the longest piece. */
  constructor(meeting: Meeting, array: NumericArray, startOf: (peer: number) => number, longest: number) {
    const { tileBytes } = meeting.work;
    this.#meeting = meeting;
    this.#source = new Place(meeting, array);
    this.#startOf = startOf;
    this.#whole = array.byteLength <= tileBytes;
    this.chunk = this.#whole ? longest : Math.floor(tileBytes / meeting.team.size / 64) * 64;
  }

  /** Shows the bytes from `from` on of every piece, `lengthOf` of each, by way of `staging`; gives the step. */
  show(from: number, lengthOf: (peer: number) => number, staging: number): number {
    const source = this.#source;
    if (source.at >= 0) return this.#meeting.arrive(source.at, inCallersArray);
    if (this.#whole) return this.#meeting.arrive(source.show(0, source.bytes.length, staging));
    for (let peer = 0; peer < this.#meeting.team.size; peer += 1) {
      source.show(this.#startOf(peer) + from, lengthOf(peer), staging + peer * this.chunk);
    }
    return this.#meeting.arrive(staging);
  }

  /** Address of the bytes from `from` on that `peer` shows of this rank's piece. */
  ownAt(peer: number, step: number, from: number): number {
    const { rank } = this.#meeting.team;
    const asItIs = this.#whole || this.#meeting.note(peer, step) === inCallersArray;
    return this.#meeting.address(peer, step) + (asItIs ? this.#startOf(rank) + from : rank * this.chunk);
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
    yield* meeting.team.until(step);
    meeting.check(step);
  }
}

/** Runs `tiles` to their end; blocks meanwhile. */
export function followNow(meeting: Meeting, tiles: Tiles): void {
  for (const step of tiles) {
    meeting.team.meet(step);
    meeting.check(step);
  }
}
