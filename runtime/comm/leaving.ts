/**
 * The end of an intercommunicator: what is on its way arrives where a call waits for it, and every other call ends.
 *
 * Three rounds in which every rank hears from every one of the other side. What a rank has sent, or announced, arrives
 * before its first word does: receives that still wait then wait in vain. Its second word comes when it has received
 * what it could: sends that still wait for it do so in vain, and are withdrawn before the third.
 */
import { Condition } from './condition.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import type { CollectiveCall } from './install.ts';
import { type Outstanding, ReceiveOperation } from './operation.ts';
import type { Operation, Program } from './program.ts';

export function* leaving(engine: Engine, whole: Group & { across: Group }, call: CollectiveCall): Program<void> {
  const { communicators } = engine;
  const { across } = whole;
  yield* hear(call, whole, 0);
  communicators.endWaiting(across);
  yield* settled(engine, whole, communicators.receiving(across));
  communicators.endWaiting(across);
  yield* hear(call, whole, 1);
  communicators.endSends(across);
  yield* hear(call, whole, 2);
  communicators.discard(across.context, () => true);
  yield* settled(engine, whole, communicators.sending(across));
}

function* hear(call: CollectiveCall, { across, members }: Group & { across: Group }, round: number): Program<void> {
  const ranks = members.flatMap((world, rank) => (across.has(world) ? [rank] : []));
  const operations: Operation[] = ranks.map((rank) => call.receive(rank, round, new Uint8Array(0)));
  for (const rank of ranks) operations.push(call.send(rank, round, new Uint8Array(0)));
  yield operations;
}

function* settled(engine: Engine, group: Group, calls: readonly Outstanding[]): Program<void> {
  const underway = new Underway(group, calls);
  if (underway.ready()) return;
  engine.watch(underway);
  engine.own(underway);
  if (!underway.done) yield [underway];
}

/** Calls of users that are on their way to an end. */
class Underway extends Condition {
  readonly operation = 'disconnect';
  readonly #calls: readonly Outstanding[];

  constructor(group: Group, calls: readonly Outstanding[]) {
    super(group);
    this.#calls = calls;
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  /** A receive whose message was withdrawn waits for another one, which will not come. */
  ready(): boolean {
    return this.#calls.every((call) => call.done || (call instanceof ReceiveOperation && call.message === null));
  }

  /** The calls themselves end with the ranks that they need. */
  needs(): boolean {
    return false;
  }
}
