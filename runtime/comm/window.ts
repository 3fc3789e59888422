/** Windows: one-sided access to an array that every rank of a communicator exposes. */
import type { CallOptions, ElementOf, NumericArray, Window, WindowOp } from '../core/api.ts';
import { access, AccessKind, type AccessRequest, Outcome } from '../transport/window/access.ts';
import { WindowPart } from '../transport/window/window-part.ts';
import { elementConstructorOf } from './element-type.ts';
import type { Engine } from './engine.ts';
import { fromCaller } from './call-errors.ts';
import { LockWait, pause } from './lock-wait.ts';
import { isDone } from './operation.ts';
import type { PartName } from './part-condition.ts';
import { untilSettled } from './promise-condition.ts';
import { RemoteAccess } from './remote-access.ts';
import { cancelledError, settle } from './waits.ts';
import { type Asked, WindowChecks } from './window-checks.ts';
import { indexOf } from './wire.ts';

/** What a window stands on. */
export interface WindowGround {
  readonly engine: Engine;
  readonly part: Omit<PartName, 'target'>;
  /** Elements of each rank. */
  readonly lengths: readonly number[];
  readonly local: NumericArray;
  /** Collective: waits for all. A rank comes to it when `first` has settled. */
  readonly meet: (operation: string, options: unknown, first: Promise<unknown>) => Promise<void>;
  /** Collective: the end of this rank's part, with the same wait. */
  readonly close: (first: Promise<unknown>) => Promise<void>;
}

export class RankWindow<A extends NumericArray> implements Window<A> {
  readonly local: A;
  readonly #ground: WindowGround;
  readonly #checks: WindowChecks;
  /** By target: its part, where it lies in this segment; null where it does not. */
  readonly #parts: (WindowPart | null | undefined)[] = [];
  /** By target: what is under way. */
  readonly #underWay = new Map<number, Set<Promise<unknown>>>();
  /** Targets whose lock this rank holds, or waits for. */
  readonly #locked = new Set<number>();
  /** By target: the last try for its lock. One that nobody waits for any more may still have to give it back. */
  readonly #tries = new Map<number, Promise<void>>();
  #isDisposed = false;

  /** @internal Users get them from `comm.window`. */
  constructor(ground: WindowGround) {
    this.#ground = ground;
    this.local = ground.local as A;
    const { group, format } = ground.part;
    this.#checks = new WindowChecks(group, ground.lengths, format, () => this.#isDisposed);
  }

  async put(data: A, options: CallOptions & { target: number; offset?: number }): Promise<void> {
    await this.#call('put', options, null, (checks) => {
      const asked = checks.place(checks.data(data).length);
      return { asked, request: this.#request(AccessKind.put, asked, data) };
    });
  }

  get(options: CallOptions & { target: number; offset?: number; length: number }): Promise<A> {
    return this.#call(
      'get',
      options,
      (length) => this.#array(length),
      (checks) => {
        const asked = checks.place(checks.length());
        return { asked, request: this.#request(AccessKind.get, asked, null) };
      },
    ) as Promise<A>;
  }

  async accumulate(data: A, options: CallOptions & { target: number; offset?: number; op?: WindowOp }): Promise<void> {
    await this.#call('accumulate', options, null, (checks) => {
      const asked = checks.place(checks.data(data).length);
      return { asked, request: this.#request(AccessKind.accumulate, asked, data, checks.op()) };
    });
  }

  async fetchAndOp(
    value: ElementOf<A>,
    options: CallOptions & { target: number; offset?: number; op?: WindowOp },
  ): Promise<ElementOf<A>> {
    const before = await this.#call(
      'fetchAndOp',
      options,
      (length) => this.#array(length),
      (checks) => {
        const data = checks.elements({ value });
        const asked = checks.place(1);
        return { asked, request: this.#request(AccessKind.fetch, asked, data, checks.op()) };
      },
    );
    return before?.[0] as ElementOf<A>;
  }

  async compareAndSwap(
    options: CallOptions & { target: number; offset?: number; expected: ElementOf<A>; replacement: ElementOf<A> },
  ): Promise<ElementOf<A>> {
    const before = await this.#call(
      'compareAndSwap',
      options,
      () => this.#array(1),
      (checks, given) => {
        const data = checks.elements({ expected: given['expected'], replacement: given['replacement'] });
        const asked = checks.place(1);
        return { asked, request: this.#request(AccessKind.compareAndSwap, asked, data) };
      },
    );
    return before?.[0] as ElementOf<A>;
  }

  async fence(options?: CallOptions): Promise<void> {
    this.#checks.open('fence');
    await this.#ground.meet('fence', options, this.#settled());
  }

  async lock<R>(options: CallOptions & { target: number; shared?: boolean }, body: () => R | Promise<R>): Promise<R> {
    const { asked, shared } = this.#checked('lock', options, (checks) => ({
      asked: checks.place(0),
      shared: checks.lock(body, this.#locked),
    }));
    const { target, waiting } = asked;
    this.#locked.add(target);
    try {
      await this.#acquire(target, shared, waiting);
      try {
        return await body();
      } finally {
        await this.#settled(target);
        await this.#attempt(target, shared ? AccessKind.unshare : AccessKind.unlock);
      }
    } finally {
      this.#locked.delete(target);
    }
  }

  async flush(target?: number): Promise<void> {
    this.#checks.open('flush');
    if (target !== undefined) this.#checked('flush', { target }, (checks) => checks.place(0));
    await this.#settled(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#checks.unlocked(this.#locked);
    this.#isDisposed = true;
    // What comes after it may find other things where a lock was.
    await this.#ground.close(Promise.all([this.#settled(), ...this.#tries.values()]));
  }

  /** Until nothing is under way to `target`, or to anybody. How each went its own promise says. */
  async #settled(target?: number): Promise<void> {
    const { engine, part } = this.#ground;
    const all = target === undefined ? [...this.#underWay.values()] : [this.#underWay.get(target) ?? []];
    const calls = all.flatMap((some) => [...some]);
    if (calls.length === 0) return;
    // Calls that have ended early are nobody's any more: this is what looks for the answers that they still get.
    await untilSettled(engine, part.group, Promise.allSettled(calls));
  }

  // ---- one access

  #checked<T>(
    operation: string,
    options: unknown,
    check: (checks: Asked, given: Readonly<Record<string, unknown>>) => T,
  ): T {
    try {
      return this.#checks.of(operation, options, check);
    } catch (error) {
      throw fromCaller(error, null);
    }
  }

  #call(
    operation: string,
    options: unknown,
    room: ((length: number) => NumericArray) | null,
    check: (
      checks: Asked,
      given: Readonly<Record<string, unknown>>,
    ) => { asked: ReturnType<Asked['place']>; request: AccessRequest },
  ): Promise<NumericArray | null> {
    const call = settle(this.#ground.engine, () => {
      const { asked, request } = this.#checks.of(operation, options, check);
      const { target, waiting } = asked;
      const name = { ...this.#ground.part, target };
      const run = new RemoteAccess(name, operation, request, room?.(request.length) ?? null);
      const { signal } = waiting;
      if (signal?.aborted === true) run.complete(cancelledError(run, signal));
      else this.#start(run, request);
      return {
        operation: run,
        options: waiting,
        result: () => {
          if (run.outcome !== Outcome.done) throw this.#checks.ended(operation, target);
          return run.result;
        },
      };
    });
    return call;
  }

  /** In this segment at once; elsewhere its agent does it. */
  #start(run: RemoteAccess, request: AccessRequest): void {
    const { engine } = this.#ground;
    const { target } = run.part;
    const part = this.#partOf(target);
    if (part === null || engine.failed.length > 0 || run.group.closed !== null) engine.watch(run);
    if (run.done) return;
    if (part !== null) {
      run.answeredHere(access(part, request));
      return;
    }
    engine.accesses.ask(run);
    this.#track(target, run);
  }

  #track(target: number, run: RemoteAccess): void {
    const calls = this.#underWay.get(target) ?? new Set();
    this.#underWay.set(target, calls);
    const over = run.over();
    calls.add(over);
    void over.then(() => calls.delete(over));
  }

  #partOf(target: number): WindowPart | null {
    const known = this.#parts[target];
    if (known !== undefined) return known;
    const { engine, part } = this.#ground;
    const index = indexOf(engine.context, part.group.worldOf(target));
    const found = index < 0 ? null : WindowPart.find(engine.host, index, part.group.id, part.number);
    this.#parts[target] = found;
    return found;
  }

  #request(
    kind: AccessKind,
    { offset, length }: { offset: number; length: number },
    data: NumericArray | null,
    op = 0,
  ): AccessRequest {
    return { kind, op, offset, length, data, rank: this.#ground.part.group.rank };
  }

  #array(length: number): NumericArray {
    return new (elementConstructorOf(this.#ground.part.format))(length);
  }

  // ---- locks

  #acquire(target: number, shared: boolean, waiting: CallOptions): Promise<void> {
    const { engine, part } = this.#ground;
    return settle(engine, () => {
      const wait = new LockWait({ ...part, target });
      if (waiting.signal?.aborted === true) wait.complete(cancelledError(wait, waiting.signal));
      else engine.watch(wait);
      if (!wait.done) this.#tries.set(target, this.#tryAgain(wait, shared, this.#tries.get(target)));
      return { operation: wait, options: waiting, result: () => undefined };
    });
  }

  /** Until it is taken, or nobody waits for it any more: then what was claimed meanwhile is given back. */
  async #tryAgain(wait: LockWait, shared: boolean, before: Promise<void> | undefined): Promise<void> {
    const { target } = wait.part;
    // Else it would take what the one before gives back for its own.
    await before;
    const [take, giveBack] = shared ? [AccessKind.share, AccessKind.unshare] : [AccessKind.lock, AccessKind.unlock];
    for (let turn = 0; !wait.done; turn += 1) {
      const outcome = await this.#attempt(target, take);
      if (outcome === Outcome.done && wait.take()) return;
      if (!isDone(wait)) await pause(turn);
    }
    await this.#attempt(target, giveBack);
  }

  /** Undefined: the target is gone. */
  async #attempt(target: number, kind: AccessKind): Promise<Outcome | undefined> {
    const { engine, part } = this.#ground;
    const { group } = part;
    const dead = engine.failed.filter((world) => group.has(world)).map((world) => group.rankOf(world));
    const data = dead.length === 0 ? null : Int32Array.from(dead);
    const request = this.#request(kind, { offset: 0, length: 0 }, data);
    const run = new RemoteAccess({ ...part, target }, 'lock', request, null);
    try {
      return await settle(engine, () => {
        this.#start(run, request);
        return { operation: run, options: {}, result: () => run.outcome };
      });
    } catch {
      return undefined;
    }
  }
}
