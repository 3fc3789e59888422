/**
 * Two jobs of one mesh meet: each asks the launcher for the other by its name, and hears who is there. What a side
 * heard is told to all of it; when the launcher knows that both sides have heard, they have met. Whoever fails or is
 * cancelled after it heard of the others, takes the intercommunicator away from all of them, so that nobody waits.
 */
import { isTsmpiError, type TsmpiErrorCode } from '../core/errors.ts';
import { jobNameBytesMax } from '../core/limits.ts';
import { callError } from './call-errors.ts';
import { show } from './show.ts';
import type { Engine } from './engine.ts';
import { nextId } from './forming.ts';
import type { Group } from './group.ts';
import { type CollectiveCall, collective, everyonesNumbers } from './install.ts';
import type { Program } from './program.ts';
import type { Answer } from './requests.ts';
import { groupOf, type Sides } from './sides.ts';
import { told } from './told.ts';

type Outcome =
  | { readonly met: { readonly ranks: readonly number[]; readonly communicator: number; readonly second: boolean } }
  | { readonly code: TsmpiErrorCode; readonly words: string };

const operation = 'connect';

export function checkedName(engine: Engine, group: Group, job: unknown): string {
  if (typeof job !== 'string' || job === '' || Buffer.byteLength(job) > jobNameBytesMax) {
    const remedy = `pass the name of the other job, a string of at most ${String(jobNameBytesMax)} bytes`;
    throw group.refusal('ERR_ARGUMENT', operation, `the job is ${show(job)}`, remedy);
  }
  if (engine.context.jobId !== null) return job;
  const what = 'this program is not part of a job that could meet another one';
  throw group.refusal(
    'ERR_UNSUPPORTED',
    operation,
    what,
    'launch both jobs in one mesh (createMesh of tsmpi/launcher)',
  );
}

export function* connected(engine: Engine, group: Group, job: string, call: CollectiveCall): Program<Sides> {
  const isFirst = group.rank === 0;
  const names = (yield* collective('allgather', call, [job])) as string[][];
  const odd = names.findIndex(([name]) => name !== job);
  if (odd >= 0) throw differs(call, odd, names[odd]?.[0] ?? '', job);
  const communicator = isFirst ? nextId(engine, call, true) : 0;
  const answer = isFirst
    ? engine.requests.ask(group, operation, { connect: { job, ranks: group.members, communicator } })
    : null;
  let sides: Sides | null = null;
  let isMet = false;
  try {
    const { ranks, communicator: id, second } = yield* heard(engine, call, job, answer);
    sides = { name: `${group.name}.connect(${job})`, id, local: group.members, remote: ranks, isSecond: second };
    yield* everyonesNumbers(call, Float64Array.of(0));
    yield* heard(engine, call, job, answer === null ? null : engine.requests.startAndHear(answer));
    isMet = true;
    return sides;
  } finally {
    if (!isMet) {
      if (answer !== null) engine.requests.cancel(answer);
      if (sides !== null) takeBack(engine, sides);
    }
  }
}

/** Who is there, as the launcher says. */
function* heard(
  engine: Engine,
  call: CollectiveCall,
  job: string,
  answer: Answer | null,
): Program<Extract<Outcome, { met: object }>['met']> {
  const outcome = (yield* told(engine, call, answer)) as Outcome;
  if ('met' in outcome) return outcome.met;
  throw callError(outcome.code, `job ${JSON.stringify(job)}: ${outcome.words}`, {
    ...{ where: call.where, rank: call.rank, operation },
  });
}

/** Others may count on what this rank has no part in. */
function takeBack(engine: Engine, sides: Sides): void {
  try {
    engine.communicators.revoke(groupOf(sides, engine.context.rank), {
      code: 'ERR_REVOKED',
      what: 'a rank of one side failed, or cancelled its call, while both sides met',
      remedy: 'connect again',
    });
  } catch (error) {
    // The job ends, and everybody hears of that.
    if (!isTsmpiError(error)) throw error;
  }
}

function differs(call: CollectiveCall, rank: number, theirs: string, own: string): Error {
  const what = `rank ${String(rank)} connects with ${JSON.stringify(theirs)}, this one with ${JSON.stringify(own)}`;
  return callError('ERR_MISMATCH', what, {
    ...{ where: call.where, rank: call.rank, operation },
    remedy: 'pass the same name on every rank of the communicator',
  });
}
