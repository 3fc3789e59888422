/** An agent without a sandbox: on the thread of a program that launches ranks, for the one rank that the program is. */
import type { RankContext } from '../comm/rank-context.ts';
import { TsmpiError } from '../core/errors.ts';
import type { Bootstrap } from './bootstrap.ts';
import { contextOf } from './rank-context-of.ts';
import type { RankTask } from './rank-task.ts';
import { SandboxAgent } from './sandbox-agent.ts';
import type { RanksRun } from './workers.ts';

export interface AttachedAgent {
  /** What the program's engine stands on. */
  readonly context: RankContext;
  /** Leaves the mesh when all others have; resolves when nothing of the agent is left. */
  leave(): Promise<void>;
  /** After that: moves what has come and not been taken yet. */
  deliver(): void;
}

/** Joins as `bootstrap` says, which is of one rank. Rejects when it cannot, with nothing left. */
export async function attachAgent(bootstrap: Bootstrap): Promise<AttachedAgent> {
  const tasks: RankTask[] = [];
  const start = (options: { tasks: readonly RankTask[] }): RanksRun => {
    tasks.push(...options.tasks);
    return { terminate: () => Promise.resolve() };
  };
  // What it has to say the launcher, which is here, knows already.
  const agent = new SandboxAgent(bootstrap, () => undefined, start);
  const [task] = tasks;
  if (task === undefined) throw new TsmpiError('ERR_LAUNCH', 'the bootstrap is of no rank', { where: 'attach' });
  let over: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    over = agent.run(resolve).catch(reject);
  });
  return {
    context: contextOf(task),
    leave: async () => {
      await agent.leave();
      await over;
    },
    deliver: () => {
      agent.deliver();
    },
  };
}
