/** How communicators are made from others: who is in them, under which number, and where they meet in shared memory. */
import { numberOf } from '../core/communicator-numbers.ts';
import { isTsmpiError } from '../core/errors.ts';
import { agree } from './agreement.ts';
import type { Engine } from './engine.ts';
import { SurvivorsCall } from './exchange.ts';
import { callError } from './call-errors.ts';
import { Group } from './group.ts';
import { type CollectiveCall, everyonesNumbers } from './install.ts';
import type { Caller, Exchange, Program } from './program.ts';
import { type Formed, type Run, runsOf, sharingOf } from './sharing.ts';

/** A communicator to be made: its name, its number, the world ranks in it, and this rank's place among them. */
interface Plan {
  readonly name: string;
  readonly id: number;
  readonly members: readonly number[];
  readonly rank: number;
}

/**
 * A number that no other communicator of any of its ranks has: the ranks that number communicators never give the same
 * one twice, and no two of them the same.
 */
export function nextId(engine: Engine, exchange: Caller, isMixed: boolean): number {
  const id = numberOf(engine.context, engine.communicators.numbered, isMixed);
  if (id === undefined) {
    throw callError(
      'ERR_UNSUPPORTED',
      `this rank has numbered ${String(engine.communicators.numbered)} communicators`,
      {
        ...{ where: exchange.where, rank: exchange.rank, operation: exchange.operation },
        remedy: 'keep communicators and use them again, instead of making new ones',
      },
    );
  }
  engine.communicators.numbered += 1;
  return id;
}

// ---- the same ranks

/** Collective: the same ranks, in their order. */
export function* duplicated(engine: Engine, group: Group, call: CollectiveCall): Program<Formed> {
  const { members, rank } = group;
  const runs = runsIn(engine, group, members);
  const id = rank === 0 ? nextId(engine, call, group.isMixed) : 0;
  const offered = offer(engine, runs, rank);
  const rows = yield* everyonesNumbers(call, Float64Array.of(id, offered));
  const area = placeOf(runs, rank, (first) => rows[first * 2 + 1] ?? 0);
  return formed(engine, { name: `${group.name}.dup`, id: rows[0] ?? 0, members, rank }, { offered, area });
}

// ---- ranks of one colour

/** What a rank asks for. */
export interface Colored {
  readonly name: string;
  /** Null: none of the new communicators. */
  readonly color: number | null;
  readonly key: number;
  /** Refuses keys that do not go together. */
  readonly verify?: (keys: readonly number[]) => void;
}

/** Collective: the ranks of each colour, in order of their keys, then of their ranks. Null for those without one. */
export function* split(engine: Engine, group: Group, asked: Colored, call: CollectiveCall): Program<Formed | null> {
  const { color, key, name, verify } = asked;
  const id = group.rank === 0 ? nextId(engine, call, group.isMixed) : 0;
  const rows = yield* everyonesNumbers(call, Float64Array.of(color ?? Number.NaN, key, id));
  verify?.(group.members.map((_, rank) => rows[rank * 3 + 1] ?? 0));
  const ranksOf = new Map<number, number[]>();
  for (let rank = 0; rank < group.size; rank += 1) {
    const itsColor = rows[rank * 3] ?? 0;
    if (Number.isNaN(itsColor)) continue;
    const ranks = ranksOf.get(itsColor);
    if (ranks === undefined) ranksOf.set(itsColor, [rank]);
    else ranks.push(rank);
  }
  const keyOf = (rank: number): number => rows[rank * 3 + 1] ?? 0;
  for (const ranks of ranksOf.values()) ranks.sort((a, b) => keyOf(a) - keyOf(b) || a - b);
  const runsOfColor = (ranks: readonly number[]): readonly Run[] =>
    runsIn(
      engine,
      group,
      ranks.map((rank) => group.worldOf(rank)),
    );
  // All know whether anybody will meet in shared memory, and so whether there is a second round.
  const isShared = [...ranksOf.values()].some((ranks) => runsOfColor(ranks).length > 0);
  const ranks = color === null ? undefined : ranksOf.get(color);
  const rank = ranks?.indexOf(group.rank) ?? -1;
  const runs = ranks === undefined ? [] : runsOfColor(ranks);
  const offered = offer(engine, runs, rank);
  const offers = isShared ? yield* everyonesNumbers(call, Float64Array.of(offered)) : undefined;
  if (ranks === undefined) return null;
  const area = placeOf(runs, rank, (first) => offers?.[ranks[first] ?? 0] ?? 0);
  // One number serves for all colours: no rank is in two of them.
  const plan = { name, id: rows[2] ?? 0, members: ranks.map((member) => group.worldOf(member)), rank };
  return formed(engine, plan, { offered, area });
}

// ---- certain ranks, without the others

/** What each other rank of the new communicator tells its first one: how long its list is, a hash of it, an area. */
const requestNumbers = 3;
/** What it is told: the communicator's number, or −1 when the lists differ; and where to meet, or −1 for nowhere. */
const answerNumbers = 2;
/** Instead of a number: there will be no communicator. */
const idOfNone = -2;

/** Collective over `ranks` of `group` alone, which all give in the same order. */
export function* grouped(
  engine: Engine,
  group: Group,
  { name, ranks }: { name: string; ranks: readonly number[] },
  exchange: Exchange,
): Program<Formed> {
  const members = ranks.map((rank) => group.worldOf(rank));
  const runs = runsIn(engine, group, members);
  const rank = ranks.indexOf(group.rank);
  const offered = offer(engine, runs, rank);
  const own = Float64Array.of(ranks.length, hashOf(ranks), offered);
  const [id, area] =
    rank === 0
      ? yield* lead(engine, exchange, { group, ranks, runs, own })
      : yield* follow(exchange, ranks[0] ?? 0, own);
  return formed(engine, { name, id, members, rank }, { offered, area: area < 0 ? null : area });
}

function* lead(
  engine: Engine,
  exchange: Exchange,
  { group, ranks, runs, own }: { group: Group; ranks: readonly number[]; runs: readonly Run[]; own: Float64Array },
): Program<readonly [id: number, area: number]> {
  const others = ranks.slice(1);
  const requests = [own, ...others.map(() => new Float64Array(requestNumbers))];
  const received = others.map((rank, index) => exchange.receive(rank, 0, bytesOf(requests[index + 1] ?? own)));
  try {
    if (received.length > 0) yield received;
  } catch (error) {
    // The others wait for this rank alone.
    for (const rank of others) exchange.send(rank, 1, bytesOf(Float64Array.of(idOfNone, -1)));
    throw error;
  }
  const odd = requests.findIndex((request) => request[0] !== own[0] || request[1] !== own[1]);
  const id = odd < 0 ? nextId(engine, exchange, group.isMixed) : -1;
  const areaOf = (member: number): number => placeOf(runs, member, (first) => requests[first]?.[2] ?? 0) ?? -1;
  const answers = others.map((rank, index) => exchange.send(rank, 1, bytesOf(Float64Array.of(id, areaOf(index + 1)))));
  if (answers.length > 0) yield answers;
  if (odd >= 0) throw differs(exchange, ranks[odd] ?? 0);
  return [id, areaOf(0)];
}

function* follow(exchange: Exchange, leader: number, own: Float64Array): Program<readonly [id: number, area: number]> {
  const answer = new Float64Array(answerNumbers);
  // Asked for before anything is sent: the answer finds where it goes.
  const answered = exchange.receive(leader, 1, bytesOf(answer));
  yield [exchange.send(leader, 0, bytesOf(own)), answered];
  const [id = -1, area = -1] = answer;
  if (id === idOfNone) {
    throw callError('ERR_RANK_FAILED', 'another one of the ranks failed, or its call was cancelled', {
      ...{ where: exchange.where, rank: exchange.rank, operation: exchange.operation },
      remedy: 'see the first error that the job printed',
    });
  }
  if (id < 0) throw differs(exchange, leader);
  return [id, area];
}

function differs(exchange: Exchange, rank: number): Error {
  return callError('ERR_MISMATCH', `rank ${String(rank)} gives another list of ranks`, {
    ...{ where: exchange.where, rank: exchange.rank, operation: exchange.operation },
    remedy: 'pass the same ranks in the same order on each of them, and another tag to calls that overlap',
  });
}

/** FNV-1a over the ranks, 32 bits. */
function hashOf(ranks: readonly number[]): number {
  return ranks.reduce((hash, rank) => Math.imul(hash ^ rank, 0x0100_0193), 0x811c_9dc5 | 0);
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer);
}

// ---- those that are alive

/**
 * The ranks of `group` that are alive, in their order: they agree on who is, make a communicator, and agree on whether
 * all have it; where one died meanwhile, once more. `next` numbers agreements.
 */
export function* survivors(engine: Engine, group: Group, next: () => number): Program<Formed> {
  const operation = 'shrink';
  const name = `${group.name}.shrink`;
  for (;;) {
    const alive = new Int32Array(Math.ceil(group.size / 32));
    for (const [rank, world] of group.members.entries()) {
      if (!engine.communicators.isGone(world)) alive[rank >>> 5] = (alive[rank >>> 5] ?? 0) | (1 << (rank & 31));
    }
    const number = next();
    const agreed = yield* agree(engine, group, { operation, number, words: alive });
    const all = Array.from({ length: group.size }, (_, rank) => rank);
    const ranks = all.filter((rank) => (((agreed[rank >>> 5] ?? 0) >>> (rank & 31)) & 1) === 1);
    let made: Formed | null = null;
    try {
      made = yield* grouped(engine, group, { name, ranks }, new SurvivorsCall(engine, group, operation, number));
    } catch (error) {
      if (!isTsmpiError(error) || error.code !== 'ERR_RANK_FAILED') throw error;
    }
    const words = Int32Array.of(made === null ? 0 : 1);
    const [isMade = 0] = yield* agree(engine, group, { operation, number: next(), words });
    if (made === null) continue;
    if (isMade === 1) return made;
    (made.sharing.team ?? made.sharing.levels?.team)?.leave();
  }
}

// ---- shared memory

/** The runs of ranks of `group` that become a communicator. */
function runsIn(engine: Engine, group: Group, members: readonly number[]): readonly Run[] {
  return group.isMixed ? [] : runsOf(engine.context.segmentStarts, members);
}

/** The area that this rank gives to its run, where it is the first one of several; otherwise 0. */
function offer(engine: Engine, runs: readonly Run[], rank: number): number {
  const run = runs.find(({ first }) => first === rank);
  return run === undefined || run.size === 1 ? 0 : engine.areas.give(run.size);
}

/** Where the run of `rank` meets, 0 where it is alone; null when some run has no room: then none meets anywhere. */
function placeOf(runs: readonly Run[], rank: number, areaOf: (first: number) => number): number | null {
  if (runs.some(({ first, size }) => size > 1 && areaOf(first) === 0)) return null;
  const run = runs.findLast(({ first }) => first <= rank);
  return run === undefined ? 0 : areaOf(run.first);
}

function formed(engine: Engine, plan: Plan, { offered, area }: { offered: number; area: number | null }): Formed {
  const group = new Group(plan.name, plan.id, plan.members, plan.rank);
  if (area !== null) return { group, sharing: sharingOf(engine, group, area) };
  if (offered !== 0) engine.areas.drop(offered);
  return { group, sharing: { team: null, levels: null } };
}
