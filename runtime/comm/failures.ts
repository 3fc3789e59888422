/** Ranks that are gone, and what that means to the calls that need them. */
import type { TsmpiError } from '../core/errors.ts';
import { eagerBytesMax } from '../core/limits.ts';
import type { Header } from '../transport/header.ts';
import { type Payload, payloadOf } from '../transport/lane.ts';
import type { Segment } from '../transport/segment.ts';
import { ANY_SOURCE } from './constants.ts';
import { Condition } from './condition.ts';
import { type Group, isOfCollectives } from './group.ts';
import { type Outstanding, ReceiveOperation, SendOperation } from './operation.ts';
import type { RankContext } from './rank-context.ts';
import type { Receiver } from './receiver.ts';
import type { Sender } from './sender.ts';
import type { Peer, Wire } from './wire.ts';

type Gone = 'returned' | 'failed';

const remedies = {
  returned: 'let every rank make the calls that the others wait for before it returns',
  failed: 'see the first error that the job printed',
} as const;

export class Failures {
  readonly failed: number[] = [];
  readonly #context: RankContext;
  readonly #segment: Segment;
  readonly #wire: Wire;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  /** Heard of, and not yet acted on: first everything that such a rank has sent is taken in. */
  #noted: { rank: number; how: Gone }[] = [];
  #gone = 0;

  constructor(context: RankContext, segment: Segment, wire: Wire, sender: Sender, receiver: Receiver) {
    this.#context = context;
    this.#segment = segment;
    this.#wire = wire;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  /** True when some rank is gone, or soon will be known to be. */
  get any(): boolean {
    return this.#gone > 0 || this.#noted.length > 0;
  }

  /** The job ends: the record says with which exit code, and why. */
  aborted(header: Header, lane: Payload, at: number): void {
    const reason = new TextDecoder().decode(payloadOf(header, lane, at));
    this.#segment.setAbort({ exitCode: header.tag, reason });
  }

  /** `rank` is gone; the next `settle` acts on it. */
  note(rank: number, how: Gone): void {
    if (rank !== this.#context.rank) this.#noted.push({ rank, how });
  }

  /**
   * Acts on what was noted. `drain` takes in what a rank has sent to this one; nothing more comes from it. Once the job
   * is `aborted`, that a rank has returned is no reason for anything: that it was ended is. True: ranks are gone.
   */
  settle(drain: (rank: number) => void, aborted = false): boolean {
    if (this.#noted.length === 0) return false;
    const noted = this.#noted;
    this.#noted = [];
    for (const { rank, how } of noted) {
      const peer = this.#wire.peer(rank);
      if (peer.gone !== null || (aborted && how === 'returned')) continue;
      drain(rank);
      peer.gone = how;
      this.#gone += 1;
      if (how === 'failed') {
        this.failed.push(rank);
        this.failed.sort((left, right) => left - right);
      }
      this.#sender.peerGone(peer, how, (operation) => goneError(operation, rank, how));
      this.#receiver.peerGone(peer, how);
    }
    const hopeless = this.#receiver.matching.takePosted((operation) => this.hopeless(operation) !== null);
    for (const operation of hopeless) operation.complete(this.hopeless(operation) ?? undefined);
    return true;
  }

  /** Why a condition will never hold, as far as is known; null while it may. */
  never(condition: Condition): TsmpiError | null {
    if (this.#gone === 0) return null;
    for (const world of condition.group.members) {
      const { gone } = this.#wire.peer(world);
      if (gone !== null && condition.needs(world, gone)) return goneError(condition, world, gone);
    }
    return null;
  }

  /**
   * What becomes of a send to `peer` at once: an error; null, when it is complete (a short message that nobody will
   * read, as one in a queue whose reader returns a moment later); undefined, when the peer lives.
   */
  refuseSend(operation: SendOperation, peer: Peer): TsmpiError | null | undefined {
    if (peer.gone === null) return undefined;
    const short = operation.data.byteLength <= eagerBytesMax && !operation.synchronous;
    if (peer.gone === 'returned' && short) return null;
    return goneError(operation, peer.rank, peer.gone);
  }

  /** Why a receive will never get a message, as far as is known; null while it may. */
  hopeless(operation: ReceiveOperation): TsmpiError | null {
    if (this.#gone === 0) return null;
    const { group } = operation;
    // Whoever waits for a dead rank stops in the middle of a collective, and others wait for that one.
    const dead = isOfCollectives(operation.context) ? this.failed.find((rank) => group.has(rank)) : undefined;
    if (dead !== undefined) return goneError(operation, dead, 'failed');
    if (operation.source !== ANY_SOURCE) {
      const { gone } = this.#wire.peer(operation.source);
      return gone === null ? null : goneError(operation, operation.source, gone);
    }
    const failed = this.failed.filter((rank) => group.has(rank)).map((rank) => group.rankOf(rank));
    if (failed.length > 0) {
      const what = `${ranks(failed)} failed, and the message could have come from there`;
      return operation.failure('ERR_RANK_FAILED', what, remedies.failed, failed);
    }
    const others = group.members.filter((rank) => rank !== this.#context.rank);
    if (others.length === 0 || others.some((rank) => this.#wire.peer(rank).gone === null)) return null;
    const gone = others.map((rank) => group.rankOf(rank));
    const what = group.whole === null ? 'every other rank has returned' : 'every rank of the other side has returned';
    return operation.failure('ERR_RANK_FAILED', what, remedies.returned, gone);
  }

  /** True when a rank of `group` is dead. */
  anyDeadIn(group: Group): boolean {
    return this.failed.some((rank) => group.has(rank));
  }

  /** The error of a call that is ended, or refused, because the job is: that a rank it needs is dead, if one is. */
  endOf(operation: Outstanding): TsmpiError {
    const dead = this.failed.find((rank) => needs(operation, rank));
    return dead === undefined ? this.abortOf(operation) : goneError(operation, dead, 'failed');
  }

  /** The error of a call that is ended, or refused, because the job is. */
  abortOf(operation: Outstanding): TsmpiError {
    const abort = this.#segment.abort ?? { exitCode: 1, reason: '', rank: -1 };
    const { worldFirst, size } = this.#context;
    const rank = (abort.rank ?? -1) - worldFirst;
    // A rank of another world has no number here; the reason names it.
    const by = rank < 0 || rank >= size ? '' : ` by rank ${String(rank)}`;
    const reason = abort.reason === '' ? '' : `: ${abort.reason}`;
    const what = `the job was ended${by} with exit code ${String(abort.exitCode)}${reason}`;
    return operation.failure('ERR_ABORTED', what, 'see the first error that the job printed');
  }
}

/** A collective needs every rank of its group, whichever of them its present step is about. */
function needs(operation: Outstanding, rank: number): boolean {
  if (!operation.group.has(rank)) return false;
  if (operation instanceof SendOperation) return isOfCollectives(operation.context) || operation.destination === rank;
  if (operation instanceof Condition) return operation.needs(rank, 'failed');
  if (!(operation instanceof ReceiveOperation)) return false;
  return isOfCollectives(operation.context) || operation.source === rank || operation.source === ANY_SOURCE;
}

function goneError(operation: Outstanding, world: number, how: Gone): TsmpiError {
  const { group } = operation;
  return operation.failure('ERR_RANK_FAILED', `${group.nameOf(world)} has ${how}`, remedies[how], [
    group.numberOf(world),
  ]);
}

function ranks(list: readonly number[]): string {
  return list.length === 1 ? `rank ${String(list[0])}` : `ranks ${list.join(', ')}`;
}
