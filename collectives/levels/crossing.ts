/** One call of a collective whose ranks lie in several segments. */
import type { Levels } from '../../runtime/comm/sharing.ts';
import type { Exchange, Program } from '../../runtime/comm/program.ts';
import type { Calls, Collective, Place } from '../algorithm.ts';
import { choose } from '../choose.ts';
import { noteForm } from '../noted.ts';
import { perform } from '../perform.ts';
import { among } from '../../runtime/comm/among.ts';
import type { Inside } from './inside.ts';

export interface Crossing {
  readonly exchange: Exchange;
  readonly levels: Levels;
  readonly inside: Inside;
  /** The first tag that its messages may have. */
  readonly tag: number;
}

/** Who takes part between segments. */
export interface Across {
  /** One rank of each segment, in order. */
  readonly members: readonly number[];
  /** True when the others of the segment then wait for this rank. */
  readonly isFollowed: boolean;
}

/**
 * Does `collective` between `members` by the algorithm that the table has for as many ranks and `bytes`. `call`: what
 * is done, without who takes part.
 */
export function* between<C extends Collective>(
  { exchange, inside, tag }: Crossing,
  { members, isFollowed }: Across,
  collective: C,
  bytes: number,
  call: Omit<Calls[C], keyof Place>,
): Program<void> {
  const part = among(exchange, members);
  const { rank, size } = part;
  const algorithm = choose(collective, { size, bytes, commutative: true, even: false });
  noteForm('two levels', algorithm.name);
  const whole = { ...call, rank, size, tag } as unknown as Calls[C];
  yield* inside.beyond(perform(part, algorithm.steps(whole)), isFollowed);
}
