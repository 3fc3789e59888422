/**
 * An array of pieces, one for each rank, as it is shown to them: as it is, where it fits a tile or lies in the segment,
 * and else a chunk of every piece at a time.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import { isBetterCopied, Place } from './place.ts';
import { inCallersArray, type Meeting } from './tiles.ts';

/** Where pieces lie, in bytes. */
export interface PieceBytes {
  start(peer: number): number;
  length(peer: number): number;
  readonly longest: number;
}

export class Pieces {
  /** What is shown of each piece at a time. */
  readonly chunk: number;
  /** True when the others read the caller's array. */
  readonly isLent: boolean;
  readonly #meeting: Meeting;
  readonly #source: Place;
  readonly #pieces: PieceBytes;
  readonly #isWhole: boolean;
  readonly #withOwn: boolean;

  /**
   * `withOwn`: a rank's own piece is shown too, for itself. `isEven`: all know where each piece lies in each array.
   */
  constructor(
    meeting: Meeting,
    array: NumericArray,
    pieces: PieceBytes,
    { withOwn, isEven }: { withOwn: boolean; isEven: boolean },
  ) {
    const { team, work } = meeting;
    const { tileBytes } = work.staging;
    const shown = withOwn ? team.size : team.size - 1;
    this.#meeting = meeting;
    this.#source = new Place(meeting, array, isEven && !isBetterCopied(meeting, array.byteLength, 1));
    this.#pieces = pieces;
    this.isLent = this.#source.isShown;
    this.#withOwn = withOwn;
    // Where half of it is for oneself, that half is better left out.
    this.#isWhole = isEven && array.byteLength <= tileBytes && shown > 1;
    this.chunk = this.#isWhole ? pieces.longest : Math.floor(tileBytes / Math.max(shown, 1) / 64) * 64;
  }

  get bytes(): Uint8Array {
    return this.#source.bytes;
  }

  /** Shows the bytes from `from` on of every piece; gives the step. See `Meeting.show` for `held`. */
  *show(from: number, held: number): Generator<number, number, void> {
    const source = this.#source;
    const { rank, size } = this.#meeting.team;
    if (source.isShown) return yield* this.#meeting.arrive(source.at, inCallersArray, held);
    const tile = yield* this.#meeting.tile(held);
    if (this.#isWhole) {
      source.give(tile, 0, source.bytes.length);
    } else {
      for (let peer = 0; peer < size; peer += 1) {
        if (peer === rank && !this.#withOwn) continue;
        source.give(tile + this.#place(peer, rank), this.#pieces.start(peer) + from, this.lengthAt(peer, from));
      }
    }
    return yield* this.#meeting.arrive(tile, 0, held);
  }

  /** Where in a tile of `shower` the chunk for `peer` lies. */
  #place(peer: number, shower: number): number {
    return (peer > shower && !this.#withOwn ? peer - 1 : peer) * this.chunk;
  }

  /** How many bytes from `from` on are shown of the piece of `peer`. */
  lengthAt(peer: number, from: number): number {
    return Math.max(0, Math.min(this.#pieces.length(peer) - from, this.chunk));
  }

  /** Address of the bytes from `from` on that `peer` shows of this rank's piece. */
  ownAt(peer: number, step: number, from: number): number {
    const { rank } = this.#meeting.team;
    const asItIs = this.#isWhole || this.#meeting.note(peer, step) === inCallersArray;
    return this.#meeting.address(peer, step) + (asItIs ? this.#pieces.start(rank) + from : this.#place(rank, peer));
  }
}
