/**
 * Ranks of a communicator that share a segment, all or those of one segment: how their collectives wait for each
 * other's steps, with the thread or in a program, and take turns.
 */
import type { TsmpiError, TsmpiErrorCode } from '../core/errors.ts';
import { callsPerPoll } from '../core/limits.ts';
import type { Heap } from '../transport/heap.ts';
import { slotHeadBytes, slotPayloadBytes } from '../transport/step-area.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import type { Program } from './program.ts';
import { Steps, Whom } from './steps.ts';
import type { Condition } from './condition.ts';
import { Arrival, type Meeting, type SharedCall, StepsCall, Turn } from './team-waits.ts';
import { settle } from './waits.ts';
import { indexOf } from './wire.ts';

export { slotHeadBytes, slotPayloadBytes, Whom };
export type { SharedCall };

/**
 * With a core for each rank: looks at memory before the rank offers its core, for the one that it waits for may have
 * been put on the same one; looks after each offer, and offers before a blocking call lets the engine wait.
 */
const looksMax = 128;
const looksPerOffer = 16;
const offersMax = 200;
/** Looks before an awaited call gives its caller a promise: the others may be here already. */
const soonLooksMax = 20;
/** How often a rank gives its core away before it sleeps: the ranks that it waits for may all need it. */
const yieldsMax = 500;
/** But for no longer than this, by a look at the clock after so many: others may keep the core for a slice each. */
const yieldMsMax = 10;
const yieldsPerClock = 8;
/** How often, and how long, a rank sleeps at a gate before it sleeps where anything may wake it. */
const gateSleepsMax = 10;
const gateSleepMs = 5;

export class Team extends Steps {
  readonly heap: Heap;
  /** Rank in the communicator of rank 0 here; the others follow. */
  readonly first: number;
  /** The call that is under way, for its errors. */
  operation = 'collective';
  readonly #engine: Engine;
  readonly #group: Group;
  readonly #area: number;
  #calls = 0;
  #meets = 0;
  #tickets = 0;
  #turn = 0;

  /**
   * `area` is zeroed memory of the segment, `areaBytes(size)` long, that no other communicator uses; `first` and `size`
   * say which ranks of the group these are.
   */
  constructor(engine: Engine, group: Group, area: number, { first, size }: { first: number; size: number }) {
    const members = group.members.slice(first, first + size);
    const indices = members.map((world) => indexOf(engine.context, world));
    super(engine.host, area, group.rank - first, indices);
    this.first = first;
    this.heap = engine.heap;
    this.#engine = engine;
    this.#group = group;
    this.#area = area;
    if (!group.isPermanent) engine.areas.enter(this, area);
  }

  /** This rank makes no more calls here. */
  leave(): void {
    this.#engine.areas.leave(this, this.#area);
  }

  // ---- waiting with the thread

  /** Blocks until `whom` is met at `step`. Throws when that never will be. */
  meet(step: number, whom: number = Whom.everyone): void {
    // A rank that the others always wait for never waits itself, and would move none of its other calls.
    this.#meets = (this.#meets + 1) % callsPerPoll;
    if (this.#meets === 0) this.#engine.poll();
    if (this.met(step, whom)) return;
    if (this.counting) {
      if (this.#meetAtGate(step, whom)) return;
    } else if (this.#meetByLooking(step, whom)) {
      return;
    }
    this.#block(step, whom);
  }

  #meetByLooking(step: number, whom: number): boolean {
    for (let look = 0; look < looksMax; look += 1) {
      if (!this.met(step, whom)) continue;
      this.#engine.parting?.apart();
      return true;
    }
    for (let offer = 0; offer < offersMax; offer += 1) {
      const isTogether = this.#engine.parting?.offer() === true;
      if (this.met(step, whom)) {
        if (isTogether) this.#engine.parting.together();
        return true;
      }
      for (let look = 1; look < looksPerOffer; look += 1) if (this.met(step, whom)) return true;
    }
    return false;
  }

  /**
   * With more ranks than cores: sleeps on the gate itself, so that the last rank wakes all with one call. Now and then
   * the engine looks after everything else. False when the step was not reached for long.
   */
  #meetAtGate(step: number, whom: number): boolean {
    let untilMs = 0;
    for (let look = 0; look < yieldsMax; look += 1) {
      this.host.bedsides.yieldCore();
      if (this.met(step, whom)) return true;
      if (look % yieldsPerClock !== 0) continue;
      const now = performance.now();
      if (untilMs === 0) untilMs = now + yieldMsMax;
      else if (now > untilMs) break;
    }
    for (let turn = 0; turn < gateSleepsMax; turn += 1) {
      this.sleepAtGate(step, whom, gateSleepMs);
      if (this.met(step, whom)) return true;
      this.#engine.poll();
    }
    return false;
  }

  /** Opens the next step, with its signature, once it is free; blocks until then. */
  begin(kind: number, length: number, place: number): number {
    if (!this.free) this.meet(this.room);
    return this.open(kind, length, place);
  }

  #block(step: number, whom: number): void {
    const arrival = new Arrival(this, this.#group, { step, whom }, this.operation);
    this.#engine.watch(arrival);
    if (!arrival.done) this.#engine.block(arrival, Infinity);
    if (arrival.error !== undefined) throw arrival.error;
  }

  // ---- waiting in a program

  /** Until `whom` is met at `step`. */
  *until(step: number, whom: number = Whom.everyone): Program<void> {
    if (!this.met(step, whom)) yield [this.#watched(new Arrival(this, this.#group, { step, whom }, this.operation))];
  }

  *untilFree(): Program<void> {
    if (!this.free) yield* this.until(this.room);
  }

  #watched<C extends Condition>(condition: C): C {
    this.#engine.watch(condition);
    this.#engine.own(condition);
    return condition;
  }

  // ---- awaited, without a program

  /**
   * Makes a call that goes from step to step. It may be over at once; otherwise whatever moves this rank's calls moves
   * it.
   */
  soon<R>(call: SharedCall<R>): Promise<R> {
    let turn = call.next();
    while (turn.done !== true && this.#isNear(turn.value)) turn = call.next();
    if (turn.done === true) return Promise.resolve(turn.value);
    this.#tickets += 1;
    const place = { team: this, group: this.#group, meeting: turn.value, operation: this.operation };
    const run = new StepsCall(place, call, () => {
      this.#turn += 1;
    });
    this.#engine.watch(run);
    return settle(this.#engine, () => ({ operation: run, options: {}, result: () => run.result }));
  }

  #isNear({ step, whom }: Meeting): boolean {
    const looks = this.counting ? 1 : soonLooksMax;
    for (let look = 0; look < looks; look += 1) if (this.met(step, whom)) return true;
    return false;
  }

  // ---- turns

  /** The number of the next call on this communicator. */
  number(): number {
    this.#calls += 1;
    return this.#calls - 1;
  }

  get where(): string {
    return this.#group.where(this.operation);
  }

  /** An error of the call that is under way. */
  failure(code: TsmpiErrorCode, what: string, remedy: string): TsmpiError {
    return this.#group.refusal(code, this.operation, what, remedy);
  }

  /** True when no call is under way: one that blocks from its start to its end need not take a ticket. */
  get idle(): boolean {
    return this.#turn === this.#tickets && this.#group.closed === null;
  }

  /**
   * A call's program, in its turn. The ticket is taken when it begins to run, which is at the call: one that is refused
   * before has none that others would wait for.
   */
  *inTurn<R>(operation: string, program: Program<R>): Program<R> {
    const ticket = this.#tickets;
    this.#tickets += 1;
    if (!this.isTurn(ticket)) yield [this.#watched(new Turn(this, this.#group, ticket, operation))];
    this.#group.checkOpen(operation);
    this.operation = operation;
    try {
      return yield* program;
    } finally {
      this.#turn += 1;
    }
  }

  isTurn(ticket: number): boolean {
    return this.#group.closed !== null || this.#turn === ticket;
  }
}
