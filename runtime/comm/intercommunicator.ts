/** Intercommunicators: two groups of ranks that reach each other, each with numbers of its own. */
import type { CallOptions } from '../core/api.ts';
import type { Intercommunication, SideRoot } from '../core/intercommunication.ts';
import { Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { Joining } from './joining.ts';
import type { Formed } from './sharing.ts';
import { groupOf, type Sides } from './sides.ts';

/**
 * This rank's place on one side of two. `dest` and `source` are ranks of the other side; a call from ANY_SOURCE hears
 * from there alone.
 *
 * @example
 * if (parent !== null) await parent.send('ready', { dest: 0 });
 */
export class Intercommunicator<C> extends Endpoint implements Intercommunication<C> {
  readonly #make: (formed: Formed) => C;
  readonly #joining: Joining;
  readonly #size: number;

  /** @internal Users get them from `spawn`, `connect` and `launch`. `make`: a communicator of what was merged. */
  constructor(engine: Engine, sides: Sides, make: (formed: Formed) => C) {
    const whole = groupOf(sides, engine.context.rank);
    super(engine, whole.across);
    engine.communicators.enter(whole);
    this.#joining = new Joining(engine, whole, sides.isSecond);
    this.#size = sides.local.length;
    this.#make = make;
  }

  /** Ranks of this side. */
  override get size(): number {
    return this.#size;
  }

  /** Ranks of the other side. */
  get remoteSize(): number {
    return this.group.size;
  }

  barrier(options?: CallOptions): Promise<void> {
    return this.#joining.barrier(options);
  }

  broadcast<T>(data: T | undefined, options: CallOptions & { root: SideRoot }): Promise<T | undefined> {
    return this.#joining.broadcast(data, options) as Promise<T | undefined>;
  }

  gather<T>(data: T | undefined, options: CallOptions & { root: SideRoot }): Promise<T[] | undefined> {
    return this.#joining.gather(data, options) as Promise<T[] | undefined>;
  }

  async merge(options?: CallOptions & { high?: boolean }): Promise<C> {
    return this.#make(await this.#joining.merge(options));
  }

  disconnect(options?: CallOptions): Promise<void> {
    return this.#joining.disconnect(options);
  }
}
