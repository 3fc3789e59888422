/**
 * The communicators of a rank: how many it has numbered, which can be called, which are revoked.
 *
 * A revoked one (User-Level Failure Mitigation, MPIX_Comm_revoke): one rank revokes, every rank of the communicator
 * hears of it, and each call on it, outstanding or to come, ends with ERR_REVOKED. Each rank that hears of it for the
 * first time tells all others, so that all alive hear of it although the first one may die in the middle of telling.
 */
import { type Header, Kind } from '../transport/header.ts';
import { Condition } from './condition.ts';
import type { Conditions } from './conditions.ts';
import { type Closed, contextsOf, type Group, idOf, outlivesRevocation } from './group.ts';
import type { Incoming, Outstanding, ReceiveOperation, SendOperation } from './operation.ts';
import type { Receiver } from './receiver.ts';
import type { Sender } from './sender.ts';
import type { Wire } from './wire.ts';

/** What the engine lends it. */
interface Parts {
  readonly wire: Wire;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly conditions: Conditions;
}

export class Communicators {
  /** How many communicators this rank has numbered. */
  numbered = 0;
  readonly #parts: Parts;
  readonly #rank: number;
  /** Communicators of this rank that can be called, by number. */
  readonly #open = new Map<number, WeakRef<Group>>();
  /** Revoked ones, also those that this rank is yet to make: all it will hear of them. */
  readonly #revoked = new Map<number, Closed>();
  readonly #collected = new FinalizationRegistry<number>((id) => {
    this.#forget(id);
  });

  /** `rank`: this one's, in the world. */
  constructor(parts: Parts, rank: number) {
    this.#parts = parts;
    this.#rank = rank;
  }

  /** From now on calls are made on `group`. */
  enter(group: Group): void {
    const { id } = group;
    const closed = this.#revoked.get(id);
    if (closed !== undefined) {
      group.closed = closed;
      if (group.across !== null) group.across.closed = closed;
      return;
    }
    this.#open.set(id, new WeakRef(group));
    this.#collected.register(group, id, group);
  }

  /** No more calls are made on `group`: receives that still wait on it end, and what it has left here goes. */
  leave(group: Group): void {
    this.endWaiting(group);
    if (group.across !== null) this.endWaiting(group.across);
    this.#collected.unregister(group);
    this.#forget(group.id);
  }

  /** Ends the receives that wait for a message on `group`, which is closed. */
  endWaiting(group: Group): void {
    for (const operation of this.#parts.receiver.matching.takePosted((posted) => posted.group === group)) {
      operation.complete(endOf(operation));
    }
  }

  /** The receives of `group` whose message is on its way. */
  receiving(group: Group): ReceiveOperation[] {
    const messages = [...this.#parts.wire.known()].flatMap(({ incoming }) => [...incoming.values()]);
    return messages.flatMap(({ operation }) => (operation?.group === group ? [operation] : []));
  }

  /** The sends of `group` that wait for their receivers. */
  sending(group: Group): SendOperation[] {
    return this.#parts.sender.outstanding().filter((operation) => operation.group === group);
  }

  /** Ends the sends of `group`, which is closed, that nobody will receive. */
  endSends(group: Group): void {
    const { wire, sender } = this.#parts;
    for (const operation of this.sending(group)) {
      // What is shown ends when its receiver says that it does not read it.
      if (operation.state === 'shown') continue;
      sender.cancel(operation, wire.peer(operation.destination), endOf(operation));
    }
  }

  /** Ends everything on `group`, here and elsewhere. */
  revoke(group: Group, why: Closed): void {
    if (group.closed !== null) return;
    this.#close(group, why);
    this.#tell(group, group.rank);
  }

  /** Another rank says so. */
  heard({ communicator: id, tag: by }: Header): void {
    if (this.#revoked.has(id)) return;
    const group = this.#open.get(id)?.deref();
    const who = group === undefined ? `rank ${String(by)}` : group.nameOf(group.worldOf(by));
    const why: Closed = {
      code: 'ERR_REVOKED',
      what: `${who} revoked the communicator, or ended a collective on it early`,
      remedy: 'make another one of the ranks that are left (shrink), or of an older communicator (dup)',
    };
    this.#revoked.set(id, why);
    if (group === undefined) return;
    this.#close(group, why);
    this.#tell(group, by);
  }

  /** Ends a call that comes too late, as one that was waiting in its own way when its communicator was closed. */
  ends(operation: SendOperation | ReceiveOperation | Condition): boolean {
    if (operation instanceof Condition && operation.outlivesRevocation) return false;
    if (operation.group.closed === null) return false;
    if ('context' in operation && outlivesRevocation(operation.context)) return false;
    operation.complete(endOf(operation));
    return true;
  }

  /** A message has arrived: it goes where nobody can receive it any more. */
  arrived({ communicator }: Header): void {
    if (this.#revoked.size > 0 && this.#isOfRevoked(communicator)) this.discard(communicator, () => true);
  }

  /** True when nothing more comes from world rank `rank`. */
  isGone(rank: number): boolean {
    return this.#parts.wire.peer(rank).gone !== null;
  }

  /** Messages of `context` with such tags that nobody will receive: their credit goes back. */
  discard(context: number, isOver: (tag: number) => boolean): void {
    const { receiver, wire } = this.#parts;
    const wanted = (message: Incoming): boolean => message.context === context && isOver(message.tag);
    for (const message of receiver.matching.takeArrived(wanted)) {
      receiver.drop(message);
      // The sender of what is shown, though its communicator is revoked, waits until nobody reads it.
      const peer = wire.peer(message.source);
      if (message.place > 0 && peer.incoming.delete(message.sequence)) wire.read(null, message, peer);
    }
  }

  #close(group: Group, why: Closed): void {
    const { wire, sender, receiver, conditions } = this.#parts;
    const error = (operation: Outstanding): Error => operation.failure(why.code, why.what, why.remedy);
    group.closed = why;
    if (group.across !== null) group.across.closed = why;
    this.#revoked.set(group.id, why);
    const ended = contextsOf(group.id).filter((context) => !outlivesRevocation(context));
    const isOf = (context: number): boolean => ended.includes(context);
    for (const operation of receiver.matching.takePosted(({ context }) => isOf(context))) {
      operation.complete(error(operation));
    }
    for (const peer of wire.known()) {
      for (const { context, operation } of [...peer.incoming.values()]) {
        if (operation !== null && isOf(context)) receiver.cancel(operation, error(operation));
      }
    }
    for (const operation of sender.outstanding()) {
      // What is shown may be being read: it ends when its receiver, which hears of this too, says so.
      if (operation.state === 'shown') continue;
      if (isOf(operation.context)) sender.cancel(operation, wire.peer(operation.destination), error(operation));
    }
    for (const context of ended) this.discard(context, () => true);
    conditions.endOf(group, error);
  }

  #tell(group: Group, by: number): void {
    const { wire } = this.#parts;
    for (const world of group.members) {
      if (world === this.#rank) continue;
      const { header } = wire;
      header.kind = Kind.revoke;
      header.flags = 0;
      header.format = 0;
      header.communicator = group.id;
      header.tag = by;
      header.sequence = 0;
      header.bytes = 0;
      header.offset = 0;
      wire.send(wire.peer(world), null, null);
    }
  }

  #isOfRevoked(context: number): boolean {
    return this.#revoked.has(idOf(context)) && !outlivesRevocation(context);
  }

  #forget(id: number): void {
    this.#open.delete(id);
    for (const context of contextsOf(id)) {
      this.discard(context, () => true);
      this.#parts.receiver.matching.forget(context);
    }
  }
}

/** Why a call ends with its communicator. */
function endOf(operation: Outstanding): Error {
  const { closed, name } = operation.group;
  if (closed === null) throw new Error(`${name} is open`);
  return operation.failure(closed.code, closed.what, closed.remedy);
}
