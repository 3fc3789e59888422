/**
 * Jobs of a mesh that meet (`connect`). Who asks first waits for the other; when both have asked, both hear who is
 * there; when both have said that all of their side know, they have met. Until then either may take it back.
 */
import type { Ask, Answer, ConnectRequest } from '../../runtime/rendezvous/options.ts';

/** A job, as others find it. */
export interface Named {
  readonly name: string;
  /** Counted by launch. */
  readonly number: number;
  holds(rank: number): boolean;
}

interface Party {
  readonly job: Named;
  /** Who asked, and the number it gave that. */
  readonly rank: number;
  readonly number: number;
  readonly request: ConnectRequest;
  /** Whom it has met. */
  other: Party | null;
  /** All of its side know. */
  knows: boolean;
}

export class Meetings {
  readonly #answer: (answer: Answer) => void;
  /** True for the name of a job that is over, and of no other. */
  readonly #isOver: (name: string) => boolean;
  /** Those that have not met. */
  readonly #parties = new Set<Party>();

  constructor(answer: (answer: Answer) => void, isOver: (name: string) => boolean) {
    this.#answer = answer;
    this.#isOver = isOver;
  }

  /** True when it was for this. */
  asked(job: Named, { rank, number, request }: Ask): boolean {
    if ('connect' in request) {
      this.#begin({
        job,
        rank,
        number,
        request: request.connect,
        other: null,
        knows: false,
      });
      return true;
    }
    const party = [...this.#parties].find((each) => each.rank === rank && each.number === number);
    if (party === undefined) return false;
    if ('start' in request) this.#know(party);
    else this.#leave(party, 'the other side has taken it back');
    return true;
  }

  /** The rank can no longer go on with what it asked for. */
  over(rank: number): void {
    for (const party of [...this.#parties]) {
      if (!party.request.ranks.includes(rank)) continue;
      this.#leave(party, 'a rank of the other side is over');
      // The one that asked may wait for nothing else.
      this.#tell(party, { code: 'ERR_RANK_FAILED', words: 'a rank of this side is over' });
    }
  }

  /** No rank of the job is left, or will be. */
  ended(job: Named): void {
    for (const party of [...this.#parties]) {
      if (party.job === job) this.#leave(party, 'it has ended');
      else if (party.request.job === job.name) this.#refuse(party, 'ERR_RANK_FAILED', 'it has ended');
    }
  }

  #begin(party: Party): void {
    const { job, request } = party;
    const why = this.#impossible(party);
    if (why !== null) {
      this.#tell(party, why);
      return;
    }
    const other = [...this.#parties].find(
      (each) => each.other === null && each.job.name === request.job && each.request.job === job.name,
    );
    this.#parties.add(party);
    if (other === undefined) return;
    party.other = other;
    other.other = party;
    // One of the two numbers serves both.
    const { communicator } = other.request;
    const isSecond = job.number > other.job.number;
    this.#tell(party, { met: { ranks: other.request.ranks, communicator, second: isSecond } });
    this.#tell(other, { met: { ranks: request.ranks, communicator, second: !isSecond } });
  }

  #impossible({ job, request }: Party): { code: string; words: string } | null {
    if (!request.ranks.every((rank) => job.holds(rank))) {
      return { code: 'ERR_PROTOCOL', words: 'ranks that are not of the job that asks' };
    }
    if (request.job === job.name) return { code: 'ERR_ARGUMENT', words: 'that is the name of this job itself' };
    return this.#isOver(request.job) ? { code: 'ERR_RANK_FAILED', words: 'it has ended' } : null;
  }

  #know(party: Party): void {
    const { other } = party;
    party.knows = true;
    if (other?.knows !== true) return;
    const { communicator } = party.request;
    for (const each of [party, other]) {
      this.#parties.delete(each);
      this.#tell(each, { met: { ranks: [], communicator, second: false } });
    }
  }

  /** `why`: what the other side hears. */
  #leave(party: Party, why: string): void {
    this.#parties.delete(party);
    if (party.other !== null) this.#refuse(party.other, 'ERR_RANK_FAILED', why);
  }

  #refuse(party: Party, code: string, words: string): void {
    this.#parties.delete(party);
    this.#tell(party, { code, words });
  }

  #tell({ rank, number }: Party, result: Answer['result']): void {
    this.#answer({ rank, number, result });
  }
}
