/**
 * Agreement among the ranks of a communicator that are alive, whatever fails meanwhile: all that come to the end have
 * the same result, the bitwise AND of what ranks gave.
 *
 * Rounds of messages from everyone to everyone. A rank that hears from as many as in the round before has heard what
 * everyone who is alive knows: it says so in the next round, and needs no other. That is one round more than ranks
 * fail, and two where none does. It takes a detector of failures that is never wrong: here the launcher, which sees
 * sandboxes end.
 *
 * Source: M. Raynal, «Consensus in Synchronous Systems: A Concise Guided Tour», PRDC 2002, §5 (early deciding).
 */
import type { Engine } from './engine.ts';
import { Condition } from './condition.ts';
import type { Group } from './group.ts';
import { type ReceiveOperation, SendOperation } from './operation.ts';
import type { Program } from './program.ts';
import { ExactReceive } from './receives.ts';

/** Rounds of one agreement are at most as many as ranks, and no more than this: tags hold both numbers. */
const roundsMax = 2 ** 12;
const numbersMax = 2 ** 31 / roundsMax;

/** One agreement of one communicator. */
export interface Subject {
  readonly operation: string;
  /** How many agreements came before it there. */
  readonly number: number;
  readonly words: Int32Array;
}

/** Collective over the ranks of `group` that are alive. */
export function* agree(engine: Engine, group: Group, { operation, number, words }: Subject): Program<Int32Array> {
  const tagOf = (round: number): number => (number % numbersMax) * roundsMax + round;
  // What ranks said in earlier ones to this one, which needed no more.
  engine.communicators.discard(group.agreeing, (tag) => tag < tagOf(0));
  // The last word is 0 once its sender has heard enough.
  const view = Int32Array.of(...words, -1);
  let before = group.size;
  for (let round = 0; ; round += 1) {
    for (const world of group.members) {
      if (world === engine.context.rank || engine.communicators.isGone(world)) continue;
      engine.start(message(group, { operation, world, tag: tagOf(round), words: view.slice() }));
    }
    if (view[words.length] === 0) return view.subarray(0, words.length);
    const heard = new Round(group, operation);
    try {
      for (const world of group.members) {
        if (world !== engine.context.rank) heard.expect(engine, { world, tag: tagOf(round), length: view.length });
      }
      engine.watch(heard);
      engine.own(heard);
      if (!heard.done) yield [heard];
    } finally {
      heard.end(engine);
    }
    for (const other of heard.views) view.forEach((word, index) => (view[index] = word & (other[index] ?? -1)));
    if (heard.views.length + 1 === before) view[words.length] = 0;
    before = heard.views.length + 1;
  }
}

function message(
  group: Group,
  { operation, world, tag, words }: { operation: string; world: number; tag: number; words: Int32Array },
): SendOperation {
  return new SendOperation(group, {
    ...{ operation, tag, call: { where: group.where(operation) } },
    context: group.agreeing,
    destination: world,
    format: 0,
    data: new Uint8Array(words.buffer),
    synchronous: false,
    cancellable: false,
  });
}

/** A round: over when each of the others was heard, or is gone. */
class Round extends Condition {
  readonly operation: string;
  readonly #expected: { readonly receive: ReceiveOperation; readonly words: Int32Array }[] = [];

  constructor(group: Group, operation: string) {
    super(group);
    this.operation = operation;
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  override get outlivesRevocation(): boolean {
    return true;
  }

  expect(engine: Engine, { world, tag, length }: { world: number; tag: number; length: number }): void {
    const words = new Int32Array(length);
    const fields = { operation: this.operation, call: this, context: this.group.agreeing, source: world, tag };
    const receive = new ExactReceive(this.group, fields, new Uint8Array(words.buffer));
    this.#expected.push({ receive, words });
    engine.start(receive);
  }

  /** What those said that were heard. */
  get views(): Int32Array[] {
    return this.#expected.filter(({ receive }) => receive.error === undefined).map(({ words }) => words);
  }

  ready(): boolean {
    return this.#expected.every(({ receive }) => receive.done);
  }

  /** Nobody in particular: whoever is gone is not waited for. */
  needs(): boolean {
    return false;
  }

  end(engine: Engine): void {
    for (const { receive } of this.#expected) {
      if (!receive.done) engine.cancel(receive, this.failure('ERR_CANCELLED', 'the agreement ended', 'call it again'));
    }
  }
}
