/**
 * Runs one part of a collective: in shared memory where all ranks share a segment and there is a form for it, on two
 * levels where they lie in several, else by the messages of `algorithm`.
 */
import type { CollectiveCall } from '../runtime/comm/install.ts';
import type { Program } from '../runtime/comm/program.ts';
import type { Team } from '../runtime/comm/team.ts';
import type { Algorithm, AlltoallCall, BroadcastCall, Calls, Collective } from './algorithm.ts';
import { twoLevel } from './levels/two-level.ts';
import { perform } from './perform.ts';
import { allgatherAll, alltoallEven, broadcastAll, type SharedAllgather } from './shared/movements.ts';
import type { Operands } from './shared/operands.ts';
import { kindWord, layoutWord } from './shared/signature.ts';
import { follow, Meeting, type Tiles } from './shared/tiles.ts';

/**
 * `operands`: of a predefined operation, null where nothing is reduced or the operation is the caller's own. The pieces
 * of an alltoall must have one length on all ranks.
 */
export function* run<C extends Collective>(
  exchange: CollectiveCall,
  algorithm: Algorithm<C>,
  call: Calls[C],
  operands: Operands | null = null,
): Program<void> {
  const { team, levels, number = 0 } = exchange;
  const tiles = team === undefined ? null : tilesOf(team, number, algorithm.collective, call);
  const both = levels === undefined ? null : twoLevel(exchange, levels, algorithm.collective, call, operands);
  if (tiles !== null) yield* follow(...tiles);
  else yield* both ?? perform(exchange, algorithm.steps(call));
}

/** The same part in shared memory, for `follow` or `followNow`; null where there is no form for it. */
export function tilesOf(
  team: Team,
  number: number,
  collective: Collective,
  call: Calls[Collective],
): [Meeting, Tiles] | null {
  switch (collective) {
    case 'broadcast': {
      const broadcast = call as BroadcastCall;
      const meeting = new Meeting(team, { kind: kindWord(collective), length: 0, root: broadcast.root, number });
      return [meeting, broadcastAll(meeting, broadcast)];
    }
    case 'allgather': {
      const allgather = call as SharedAllgather;
      const { all, layout } = allgather;
      const kind = kindWord(collective) | layoutWord(layout.counts);
      const meeting = new Meeting(team, { kind, length: all.length, root: 0, number });
      return [meeting, allgatherAll(meeting, allgather)];
    }
    case 'alltoall': {
      const alltoall = call as AlltoallCall;
      const { length } = alltoall.input;
      const meeting = new Meeting(team, { kind: kindWord(collective), length, root: 0, number });
      return [meeting, alltoallEven(meeting, alltoall)];
    }
    default:
      return null;
  }
}
