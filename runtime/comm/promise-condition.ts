/** A promise, as something that a program waits for. */
import { Condition } from './condition.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import { settle } from './waits.ts';

/** Comes true when the promise has settled, either way. */
export class PromiseCondition extends Condition {
  readonly operation: string;
  readonly where: string;
  #hasSettled = false;

  constructor(engine: Engine, group: Group, operation: string, promise: Promise<unknown>) {
    super(group);
    [this.operation, this.where] = [operation, group.where(operation)];
    const settled = (): void => {
      this.#hasSettled = true;
      // Nobody else would look before the next record comes.
      engine.poll();
    };
    promise.then(settled, settled);
    engine.watch(this);
  }

  ready(): boolean {
    return this.#hasSettled;
  }

  needs(): boolean {
    return false;
  }
}

/** Waits for it as an outstanding call does; not on a revoked communicator, nor when the job ends. */
export async function untilSettled(engine: Engine, group: Group, promise: Promise<unknown>): Promise<void> {
  try {
    await settle(engine, () => ({
      operation: new PromiseCondition(engine, group, 'flush', promise),
      options: {},
      result: () => undefined,
    }));
  } catch {
    // Nothing has to be waited for.
  }
}
