/**
 * More ranks, in a world of their own, asked for by the first rank of a communicator for all of it.
 *
 * All tell what they ask for, and so that they have called. The first one has the launcher make the new ranks ready,
 * and says what came of it. When all have heard that, it has them start: whoever fails or is cancelled before, the
 * launcher takes everything back.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { TsmpiError, TsmpiErrorCode } from '../core/errors.ts';
import { chunkBytesMax, ranksMax } from '../core/limits.ts';
import { callError } from './call-errors.ts';
import { show } from './show.ts';
import type { Unchecked } from './checks.ts';
import type { Engine } from './engine.ts';
import { nextId } from './forming.ts';
import type { Group } from './group.ts';
import { type CollectiveCall, everyonesNumbers } from './install.ts';
import type { Program } from './program.ts';
import type { Sides } from './sides.ts';
import { told } from './told.ts';

/** What a rank asks for. */
interface Wanted {
  readonly script: string;
  readonly ranks: number;
  readonly args: readonly string[];
}

/** What the launcher says of it. */
type Outcome = { readonly firstRank: number } | { readonly code: TsmpiErrorCode; readonly words: string };

const operation = 'spawn';

export function checkedSpawn(engine: Engine, group: Group, script: unknown, given: Unchecked): Wanted {
  const { ranks, args = [] } = given;
  const refuse = (what: string, remedy: string): never => {
    throw group.refusal('ERR_ARGUMENT', operation, what, remedy);
  };
  const path = script instanceof URL && script.protocol === 'file:' ? fileURLToPath(script) : script;
  if (typeof path !== 'string' || path === '') {
    return refuse(
      `the script is ${show(script instanceof URL ? script.href : script)}`,
      'pass the path of a program, or a file: URL',
    );
  }
  if (!Number.isInteger(ranks) || (ranks as number) < 1 || (ranks as number) > ranksMax) {
    refuse(`ranks is ${show(ranks)}`, `pass how many to start, 1 to ${String(ranksMax)}`);
  }
  if (!Array.isArray(args) || args.some((each) => typeof each !== 'string')) {
    refuse(`args is ${show(args)}`, "pass a list of strings, ['--fast']");
  }
  const wanted = { script: path, ranks: ranks as number, args: [...(args as readonly string[])] };
  const bytes = Buffer.byteLength(JSON.stringify(wanted));
  if (bytes > chunkBytesMax / 2) {
    refuse(
      `script and args have ${String(bytes)} bytes`,
      `pass at most ${String(chunkBytesMax / 2)}, or send the rest`,
    );
  }
  if (engine.context.jobId !== null) return wanted;
  const what = 'this program is not part of a job that could grow';
  throw group.refusal('ERR_UNSUPPORTED', operation, what, 'start it with tsmpirun');
}

export function* spawned(engine: Engine, group: Group, wanted: Wanted, call: CollectiveCall): Program<Sides> {
  const isFirst = group.rank === 0;
  const id = isFirst ? nextId(engine, call, true) : 0;
  const rows = yield* everyonesNumbers(call, Float64Array.of(id, hashOf(wanted)));
  for (let rank = 1; rank < group.size; rank += 1) if (rows[rank * 2 + 1] !== rows[1]) throw differs(call, rank);
  const communicator = rows[0] ?? 0;
  const answer = isFirst
    ? engine.requests.ask(group, operation, { spawn: { ...wanted, parents: group.members, communicator } })
    : null;
  let isStarted = false;
  try {
    const outcome = (yield* told(engine, call, answer)) as Outcome;
    if ('code' in outcome) throw refused(call, wanted, outcome);
    yield* everyonesNumbers(call, Float64Array.of(0));
    if (answer !== null) engine.requests.start(answer);
    isStarted = true;
    const remote = Array.from({ length: wanted.ranks }, (_, nth) => outcome.firstRank + nth);
    const name = `${group.name}.spawn(${wanted.script})`;
    return { name, id: communicator, local: group.members, remote, isSecond: false };
  } finally {
    if (answer !== null && !isStarted) engine.requests.cancel(answer);
  }
}

function refused(
  call: CollectiveCall,
  { script }: Wanted,
  { code, words }: { code: TsmpiErrorCode; words: string },
): TsmpiError {
  return callError(code, `${script} was not started: ${words}`, {
    ...{ where: call.where, rank: call.rank, operation },
  });
}

function differs(call: CollectiveCall, rank: number): TsmpiError {
  return callError('ERR_MISMATCH', `rank ${String(rank)} passes another script, ranks or args than rank 0`, {
    ...{ where: call.where, rank: call.rank, operation },
    remedy: 'pass the same on every rank of the communicator',
  });
}

/** 48 bits of SHA-256: a number. */
function hashOf(wanted: Wanted): number {
  return createHash('sha256').update(JSON.stringify(wanted)).digest().readUIntBE(0, 6);
}
