/**
 * What a failed job says: the root cause first and once, with the stack of job.ts, then one line for each other rank
 * that failed on its own. Ranks that only ended because the job did are counted, not listed.
 */
import type { RankOver } from '../../runtime/rendezvous/options.ts';
import { startTimeoutMs } from '../../runtime/core/limits.ts';
import { type Cause, exitCodeOf, namedRanks, sentenceOf, ranksOf } from './cause.ts';
import type { NameOf } from './rank-names.ts';
import type { World } from './world.ts';

/** Other failures listed by name; a job in which hundreds of ranks fail alike is summed up. */
const othersListedMax = 8;

/** The lines that go out as soon as the cause is known. */
export function causeLines(cause: Cause, nameOf: NameOf): string[] {
  if (cause.kind !== 'rank' || cause.over.error === undefined) return [`tsmpirun: ${sentenceOf(cause, nameOf)}`];
  return [`tsmpirun: ${sentenceOf(cause, nameOf)}`, ...stackOf(cause.over).split('\n')];
}

/** What is said of a rank that failed while the job goes on. */
export function survivedLines(over: RankOver, nameOf: NameOf): string[] {
  const [first = '', ...stack] = causeLines({ kind: 'rank', over }, nameOf);
  return [`${first}; the job goes on`, ...stack];
}

/** What a job is ended for whose sandboxes do not get ready in time. */
export function lateness({ places, joined, connected }: World, nameOf: NameOf): string {
  const missing = places.filter(({ index }) => !connected.has(index));
  const ranks = missing.flatMap((place) => place.ranks);
  const names = namedRanks(ranks, nameOf);
  const stage = joined.size < places.length ? 'joined' : 'connected their mesh links';
  return `after ${String(startTimeoutMs / 1000)} s the sandboxes of ${names} have not ${stage}; use fewer ranks, or --ranks-per-sandbox`;
}

/** The lines that follow once everything has ended. */
export function closingLines(
  cause: Cause,
  { overs, size, nameOf }: { overs: readonly RankOver[]; size: number; nameOf: NameOf },
): string[] {
  const first = ranksOf(cause);
  const others = overs
    .filter((over) => failedOnItsOwn(over) && !isConsequence(over, cause) && !first.includes(over.rank))
    .sort((left, right) => left.rank - right.rank);
  const lines = others.slice(0, othersListedMax).map((over) => `tsmpirun: ${alsoFailed(over, nameOf(over.rank))}`);
  if (others.length > othersListedMax) {
    const ranks = others.slice(othersListedMax).map(({ rank }) => rank);
    lines.push(`tsmpirun: ${namedRanks(ranks, nameOf)} failed as well`);
  }
  const returned = overs.filter((over) => returnedWell(over) && !first.includes(over.rank));
  const aborted = size - first.length - others.length - returned.length;
  // A call that needed the rank that the cause names failed with it: that is no news either.
  const how = overs.some((over) => isConsequence(over, cause) && !first.includes(over.rank)) ? 'ended' : 'aborted';
  const consequence = aborted > 0 && first.length > 0 ? `; ${counted(aborted)} ${how} because of it` : '';
  lines.push(`tsmpirun: the job ended with exit code ${String(exitCodeOf(cause))}${consequence}`);
  return lines;
}

function counted(ranks: number): string {
  return ranks === 1 ? '1 other rank was' : `${String(ranks)} other ranks were`;
}

/** Of a rank that is gone, every rank that needs it hears alike. */
function isConsequence(over: RankOver, cause: Cause): boolean {
  const isSameNews = cause.kind === 'sandbox' || (cause.kind === 'rank' && lostItsPeer(cause.over));
  return isSameNews && lostItsPeer(over);
}

function lostItsPeer(over: RankOver): boolean {
  return over.reason === 'throw' && over.error?.code === 'ERR_RANK_FAILED';
}

function failedOnItsOwn(over: RankOver): boolean {
  return over.reason === 'throw' || over.reason === 'out-of-memory' || (over.reason === 'exit' && over.exitCode !== 0);
}

function returnedWell(over: RankOver): boolean {
  return over.reason === 'exit' && over.exitCode === 0;
}

function alsoFailed(over: RankOver, name: string): string {
  if (over.error === undefined) return `rank ${name} ended with exit code ${String(over.exitCode)} as well`;
  // Behind the last frame begins what else the error has: `{`, and its fields.
  const frame = /^\s*(at .*?)(?: \{)?$/m.exec(over.error.stack)?.[1];
  const place = frame === undefined ? '' : ` (${frame})`;
  return `rank ${name} threw as well: ${headline(over)}${place}`;
}

function headline({ error }: RankOver): string {
  if (error === undefined) return '';
  return error.message === '' ? error.name : `${error.name}: ${error.message}`;
}

/** V8's stack begins with name and message; a thrown value that is no Error has none. */
function stackOf(over: RankOver): string {
  if (over.error === undefined) return '';
  return over.error.stack === '' ? headline(over) : over.error.stack;
}
