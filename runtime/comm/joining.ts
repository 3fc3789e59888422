/** The calls of both sides of an intercommunicator together: their arguments, and their programs started. */
import { isTsmpiError } from '../core/errors.ts';
import { among } from './among.ts';
import { Checks, type Unchecked } from './checks.ts';
import { counted, show } from './show.ts';
import type { Engine } from './engine.ts';
import { Host } from './exchange.ts';
import { split } from './forming.ts';
import type { Group } from './group.ts';
import { type CollectiveCall, collective } from './install.ts';
import { leaving } from './leaving.ts';
import type { Program } from './program.ts';
import type { Formed } from './sharing.ts';

const disconnected = {
  code: 'ERR_ARGUMENT',
  what: 'the intercommunicator was disconnected',
  remedy: 'call before its end, or connect again',
} as const;

/** What of a root may follow: how a side says who of it, or of the other, it is. */
type CheckedRoot = number | 'self' | null;

export class Joining {
  readonly #engine: Engine;
  readonly #whole: Group & { across: Group };
  readonly #isSecond: boolean;
  readonly #host: Host;

  constructor(engine: Engine, whole: Group & { across: Group }, isSecond: boolean) {
    this.#engine = engine;
    this.#whole = whole;
    this.#isSecond = isSecond;
    this.#host = new Host(engine, { group: whole, sharing: { team: null, levels: null } });
  }

  async barrier(options: unknown): Promise<void> {
    await this.#call('barrier', options, (call) => collective('barrier', call, undefined));
  }

  broadcast(data: unknown, options: unknown): Promise<unknown> {
    return this.#call('broadcast', options, (call, given) => {
      const root = this.#root('broadcast', 'sends', given['root']);
      return root === null ? nothing() : broadcast(this.#rooted(call, root), data);
    });
  }

  gather(data: unknown, options: unknown): Promise<unknown> {
    return this.#call('gather', options, (call, given) => {
      const root = this.#root('gather', 'receives', given['root']);
      return root === null ? nothing() : gather(this.#rooted(call, root), data);
    });
  }

  async merge(options: unknown): Promise<Formed> {
    const whole = this.#whole;
    const formed = await this.#call('merge', options, (call, { high }) => {
      if (high !== undefined && typeof high !== 'boolean') {
        throw whole.refusal('ERR_ARGUMENT', 'merge', `high is ${show(high)}`, 'pass true or false on all of a side');
      }
      const key = keyOf(high, this.#isSecond);
      const asked = {
        name: `${whole.name}.merge`,
        color: 0,
        key,
        verify: (keys: readonly number[]) => this.#alike(keys),
      };
      return split(this.#engine, whole, asked, call);
    });
    if (formed === null) throw new Error('a rank of two sides is in no communicator of both');
    return formed;
  }

  async disconnect(options: unknown): Promise<void> {
    const whole = this.#whole;
    try {
      await this.#call('disconnect', options, (call) => {
        whole.across.closed = disconnected;
        return leaving(this.#engine, whole, call);
      });
      // Calls of both sides that this rank has not awaited.
      await this.#host.settled();
    } catch (error) {
      // With ranks that are gone, or after a revocation, there is nobody to wait for.
      const codes = ['ERR_REVOKED', 'ERR_RANK_FAILED', 'ERR_ABORTED'];
      if (!isTsmpiError(error) || !codes.includes(error.code)) throw error;
    }
    whole.closed ??= disconnected;
    whole.across.closed ??= disconnected;
    this.#engine.communicators.leave(whole);
  }

  #call<R>(
    operation: string,
    options: unknown,
    make: (call: CollectiveCall, given: Unchecked) => Program<R>,
  ): Promise<R> {
    return this.#host.runAsync(() => {
      this.#whole.across.checkOpen(operation);
      const call = this.#host.exchange(operation);
      const isRooted = operation === 'broadcast' || operation === 'gather';
      const example = isRooted ? `${operation}(data, { root: 'self' })` : `${operation}({ timeoutMs: 1000 })`;
      const given = new Checks(this.#whole, operation).options(options, example, isRooted);
      return { program: make(call, given), options: given };
    });
  }

  #root(operation: string, does: string, root: unknown): CheckedRoot {
    const { size } = this.#whole.across;
    if (root === 'self' || root === null) return root;
    if (Number.isInteger(root) && (root as number) >= 0 && (root as number) < size) return root as number;
    const what = `root is ${show(root)}, the other side has ${counted(size, 'rank')}`;
    const there = size === 1 ? '0' : `0 to ${String(size - 1)}`;
    const remedy = `pass 'self' on the rank that ${does}, null on the rest of its side, its rank (${there}) on the other`;
    throw this.#whole.refusal('ERR_ROOT', operation, what, remedy);
  }

  /** The root and, behind it, the side across from it. */
  #rooted(call: CollectiveCall, root: number | 'self'): CollectiveCall {
    const whole = this.#whole;
    const { across, members, rank } = whole;
    const ranksThere = across.members.map((world) => whole.rankOf(world));
    const ranksHere = members.map((_, each) => each).filter((each) => !ranksThere.includes(each));
    const ranks = root === 'self' ? [rank, ...ranksThere] : [ranksThere[root] ?? -1, ...ranksHere];
    return among(call, ranks, (place) => whole.numberOf(whole.worldOf(ranks[place] ?? -1)));
  }

  /** Refuses keys that differ within a side. */
  #alike(keys: readonly number[]): void {
    const whole = this.#whole;
    const first = new Map<boolean, number>();
    for (const [rank, key] of keys.entries()) {
      const side = whole.across.has(whole.worldOf(rank));
      const other = first.get(side) ?? rank;
      first.set(side, other);
      const otherKey = keys[other] ?? key;
      if (key === otherKey) continue;
      const [a, b] = [other, rank].map((each) => whole.nameOf(whole.worldOf(each)));
      const what = `${a ?? ''} passes ${shown(otherKey)}, ${b ?? ''} ${shown(key)}`;
      throw whole.refusal('ERR_MISMATCH', 'merge', what, 'pass the same high on all ranks of a side, or on none');
    }
  }
}

function* nothing(): Program<undefined> {
  // This rank has no part in it.
}

function* broadcast(call: CollectiveCall, data: unknown): Program<unknown> {
  const value = yield* collective('broadcast', call, data, { root: 0 });
  return call.rank === 0 ? undefined : value;
}

function* gather(call: CollectiveCall, data: unknown): Program<unknown> {
  // Lists, so that arrays come as they are, and not joined to one.
  const lists = yield* collective('gather', call, call.rank === 0 ? [] : [data], { root: 0 });
  return call.rank === 0 ? (lists as unknown[][]).slice(1).map(([value]) => value) : undefined;
}

/** Low, first by default, second by default, high: the order of sides. */
function keyOf(high: boolean | undefined, isSecond: boolean): number {
  if (high === undefined) return isSecond ? 2 : 1;
  return high ? 3 : 0;
}

function shown(key: number): string {
  if (key === 0 || key === 3) return `high: ${String(key === 3)}`;
  return 'no high';
}
