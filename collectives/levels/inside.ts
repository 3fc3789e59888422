/**
 * What a call does inside this rank's own segment, where every rank takes the same steps. A rank that is alone in its
 * segment has nothing to do there.
 *
 * Whoever fails between segments takes the next step for its failure, so that nobody here waits for it.
 */
import type { Levels } from '../../runtime/comm/sharing.ts';
import type { Program } from '../../runtime/comm/program.ts';
import type { Team } from '../../runtime/comm/team.ts';
import type { NumericArray } from '../../runtime/core/api.ts';
import type { Layout } from '../algorithm.ts';
import { copyElements } from '../element-type.ts';
import { allgatherAll, broadcastAll } from '../shared/movements.ts';
import type { Operands } from '../shared/operands.ts';
import { scanAll } from '../shared/prefixes.ts';
import { reduceAll } from '../shared/reductions.ts';
import { reduceScatterAll } from '../shared/scattered.ts';
import { takeSetback } from '../shared/setback.ts';
import { runLater } from '../shared/slot-call.ts';
import { fitsSlot } from '../shared/slot-fold.ts';
import { follow, type Identity, Meeting, type Tiles } from '../shared/tiles.ts';
import { Give, Reduce, Take } from './short.ts';

export class Inside {
  /** This rank among those of its segment, and how many they are. */
  readonly rank: number;
  readonly size: number;
  readonly #team: Team | null;
  readonly #identity: Identity;

  constructor({ team }: Levels, identity: Identity) {
    this.rank = team?.rank ?? 0;
    this.size = team?.size ?? 1;
    this.#team = team;
    this.#identity = identity;
  }

  /** Rank 0 goes on when all are here. With `pieces`, which fit a slot, it then has all of them. */
  *give(pieces: { all: NumericArray; layout: Layout } | null = null): Program<void> {
    if (this.#team === null) return;
    yield* this.#relayed(runLater(this.#team, new Give(this.#identity, this.rank === 0, pieces)), this.rank === 0);
  }

  /** The others go on when `leader` has come so far; with what it has in `vector`. */
  *take(leader: number, vector: NumericArray): Program<void> {
    if (this.#team === null) return;
    const isLeader = this.rank === leader;
    if (!fitsSlot(vector.byteLength)) {
      const call = { rank: this.rank, size: this.size, tag: 0, root: leader, vector };
      yield* this.#follow((meeting) => broadcastAll(meeting, call));
    } else yield* runLater(this.#team, new Take(this.#identity, { leader, isLeader }, vector));
  }

  /**
   * The reduction of everybody's `vector`, in that of `leader`; the others' are left alone. `isFollowed`: the others
   * wait at their next step for the leader.
   */
  *reduce(operands: Operands, leader: number, vector: NumericArray, isFollowed: boolean): Program<void> {
    if (this.#team === null) return;
    const target = this.rank === leader ? vector : null;
    if (fitsSlot(vector.byteLength)) {
      const call = new Reduce(this.#identity, target !== null, vector, operands);
      yield* this.#relayed(runLater(this.#team, call), isFollowed && target !== null);
    } else yield* this.#follow((meeting) => reduceAll(meeting, operands, { data: vector, into: target }, true));
  }

  /** Everybody's own piece of the reduction of everybody's `vector`. */
  *reduceScatter(operands: Operands, layout: Layout, vector: NumericArray, own: NumericArray): Program<void> {
    if (this.#team === null) copyElements(own, vector);
    else yield* this.#follow((meeting) => reduceScatterAll(meeting, operands, { layout, own, vector }));
  }

  /** The reduction up to this rank, in `vector`; `exclusive`: without it. */
  *scan(operands: Operands, vector: NumericArray, exclusive: boolean): Program<void> {
    yield* this.#follow((meeting) => scanAll(meeting, operands, { data: vector, into: vector, exclusive }));
  }

  /** Everybody's piece of `all`, in everybody's. */
  *allgather(layout: Layout, all: NumericArray): Program<void> {
    const call = { rank: this.rank, size: this.size, tag: 0, layout, all };
    yield* this.#follow((meeting) => allgatherAll(meeting, call));
  }

  /** Runs what this rank does between segments; `isFollowed`: others wait for it at their next step. */
  beyond(part: Program<void>, isFollowed: boolean): Program<void> {
    return this.#relayed(part, isFollowed);
  }

  *#relayed(part: Program<void>, isFollowed: boolean): Program<void> {
    try {
      yield* part;
    } catch (error) {
      if (isFollowed && this.#team !== null) {
        yield* this.#team.untilFree();
        takeSetback(this.#team, error);
      }
      throw error;
    }
  }

  *#follow(tiles: (meeting: Meeting) => Tiles): Program<void> {
    if (this.#team === null) return;
    const meeting = new Meeting(this.#team, this.#identity);
    yield* follow(meeting, tiles(meeting));
  }
}
