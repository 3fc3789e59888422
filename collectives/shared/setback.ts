/**
 * A rank that cannot do its part of a call, where the others of its team cannot see why: it takes the next step for
 * its failure, and they, who take it for the call, find it there and fail alike.
 */
import { isTsmpiError, type TsmpiError, type TsmpiErrorCode } from '../../runtime/core/errors.ts';
import { callError } from '../../runtime/comm/call-errors.ts';
import type { Team } from '../../runtime/comm/team.ts';

/** The first word of a step that was taken for a failure; no call has it. */
const setbackKind = 0xf << 16;
/** What is told of a failure: all of it fits a slot, however it is escaped. */
const lettersMax = 400;
const failedMax = 64;

interface Setback {
  readonly code: TsmpiErrorCode;
  readonly why: string;
  readonly failed?: readonly number[];
}

/** Takes the next step, which must be free, for `error`. */
export function takeSetback(team: Team, error: unknown): void {
  const step = team.open(setbackKind, 0, 0);
  const { code, failed } = isTsmpiError(error) ? error : { code: 'ERR_ABORTED' as const, failed: undefined };
  const why = error instanceof Error ? error.message : String(error);
  const setback: Setback = {
    code,
    why: why.slice(0, lettersMax),
    ...(failed && { failed: failed.slice(0, failedMax) }),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(setback));
  team.region.words[team.payloadWord(team.rank, step)] = bytes.length;
  team.payloadBytes(team.rank, step).set(bytes, 4);
  if (team.arrive(step)) team.release(step, team.oddOne(step));
}

/** Why a rank took `step` for its failure; null when none did. */
export function setbackAt(team: Team, step: number): TsmpiError | null {
  for (let rank = 0; rank < team.size; rank += 1) {
    if (team.signature(rank, step)[0] !== setbackKind) continue;
    const length = team.region.words[team.payloadWord(rank, step)] ?? 0;
    // A copy: TextDecoder refuses shared memory.
    const bytes = Uint8Array.from(team.payloadBytes(rank, step).subarray(4, 4 + length));
    const { code, why, failed } = JSON.parse(new TextDecoder().decode(bytes)) as Setback;
    const what = `rank ${team.first + rank}, which this one's data pass through, failed: ${why}`;
    const { operation, where } = team;
    return callError(code, what, {
      operation,
      where,
      rank: team.first + team.rank,
      failed,
      remedy: 'see what happened there',
    });
  }
  return null;
}
