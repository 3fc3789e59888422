/**
 * The engine of a program that launched ranks and is a member of their mesh: the one rank of a world of its own, beside
 * the `world` that the program has otherwise. What its agent is for, its launcher does (`sandbox/attach.ts`).
 */
import { tuningOf, useTuning } from '../collectives/tuning.ts';
import { Communicator, type Intercommunicator } from './comm/communicator.ts';
import { Engine } from './comm/engine.ts';
import { Intercommunicator as InterCalls } from './comm/intercommunicator.ts';
import type { RankContext } from './comm/rank-context.ts';

/** The ranks that were launched, as the program sees them. */
interface Launched {
  /** The number of the intercommunicator, the first that this engine gives. */
  readonly communicator: number;
  /** Their numbers in the mesh, in order. */
  readonly ranks: readonly number[];
}

/** What `attached` gives. */
interface Attachment {
  readonly ranks: Intercommunicator;
  /**
   * To be called when its agent has left: what has come can still be received, and every other call rejects. `deliver`
   * moves what the agent has.
   */
  end(deliver: () => void): void;
}

export type { Intercommunicator } from './comm/communicator.ts';

export type Attached = typeof attached;

export function attached(context: RankContext, { communicator, ranks }: Launched): Attachment {
  if (context.tuning !== undefined) useTuning(tuningOf(context.tuning));
  const engine = new Engine({ ...context, isAttached: true });
  engine.communicators.numbered = 1;
  engine.eventLoop.arm();
  const sides = { name: 'job.ranks', id: communicator, local: [context.rank], remote: ranks, isSecond: false };
  return {
    ranks: new InterCalls(engine, sides, (formed) => new Communicator(engine, formed)),
    end: (deliver) => {
      do deliver();
      while (engine.poll());
      engine.requests.end();
      engine.eventLoop.end();
      // Whoever waits on its words for ever would hold its memory.
      engine.segment.wakeAll();
    },
  };
}
