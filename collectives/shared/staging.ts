/**
 * What a rank shows the others, where its arrays do not lie in the segment: a ring of tiles there, and another one of
 * tiles that it has reduced. Each is held until a step that every rank has arrived at once nobody reads it; it is
 * wanted again so much later that this rank itself has arrived there.
 */
import type { Team } from '../../runtime/comm/team.ts';
import { tileBytesOf } from './tuning.ts';

/** Tiles that are shown in turn: more than the steps that one is held for. */
const shownTiles = 8;
/** Tiles for results: as many as a rank may be ahead of those who read them. */
export const resultTiles = 4;

export class Staging {
  readonly tileBytes: number;
  readonly #team: Team;
  #at = 0;
  #shown = 0;
  #result = 0;
  readonly #heldUntil = new Int32Array(shownTiles);

  constructor(team: Team) {
    this.#team = team;
    this.tileBytes = tileBytesOf(team.size, team.counting);
  }

  /** The step that every rank must have arrived at before the next tile may be written. */
  get due(): number {
    return this.#heldUntil[this.#shown] ?? 0;
  }

  /** Takes the next tile, which is held until `step`; gives its address. */
  take(step: number): number {
    const tile = this.#shown;
    this.#heldUntil[tile] = step;
    this.#shown = (tile + 1) % shownTiles;
    return this.#base() + tile * this.tileBytes;
  }

  /** The next tile for a result. There is a step for each, so that the one from a whole turn ago is read by now. */
  result(): number {
    this.#result = (this.#result + 1) % resultTiles;
    return this.#base() + (shownTiles + this.#result) * this.tileBytes;
  }

  #base(): number {
    if (this.#at === 0) this.#at = this.#allocate((shownTiles + resultTiles) * this.tileBytes);
    return this.#at;
  }

  #allocate(bytes: number): number {
    const at = this.#team.heap.allocate(bytes);
    if (at !== 0) return at;
    const remedy = 'release arrays of alloc that are no longer used, or give the job more shared memory';
    throw this.#team.failure('ERR_UNSUPPORTED', 'the segment has no room for staging', remedy);
  }
}
