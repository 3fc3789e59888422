/**
 * Runs one part of a collective: in shared memory where all ranks share a segment and there is a form for it, on two
 * levels where they lie in several, else by the messages of `algorithm`.
 */
import type { CollectiveCall } from '../runtime/comm/install.ts';
import type { Program } from '../runtime/comm/program.ts';
import type { Team } from '../runtime/comm/team.ts';
import type {
  Algorithm,
  AlltoallCall,
  BroadcastCall,
  Calls,
  Collective,
  GatherCall,
  ScatterCall,
} from './algorithm.ts';
import { formatOf } from '../runtime/comm/element-type.ts';
import { twoLevel } from './levels/two-level.ts';
import { perform } from './perform.ts';
import { alltoallEven, alltoallUneven } from './shared/exchanges.ts';
import { allgatherAll, broadcastAll, type SharedAllgather } from './shared/movements.ts';
import type { Operands } from './shared/operands.ts';
import { gatherAll, scatterAll } from './shared/rooted.ts';
import { kinds, layoutWord } from './shared/signature.ts';
import { follow, Meeting, tableWordsMax, type Tiles } from './shared/tiles.ts';

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

/** An alltoall of pieces of any length, each as long as its receiver expects. */
export function* runUneven(
  exchange: CollectiveCall,
  algorithm: Algorithm<'alltoall'>,
  call: AlltoallCall,
): Program<void> {
  const { team, number = 0 } = exchange;
  if (team === undefined || team.size > tableWordsMax) yield* perform(exchange, algorithm.steps(call));
  else {
    const format = formatOf(call.input);
    const meeting = new Meeting(team, { kind: kinds.alltoall | format, length: 0, root: 0, number });
    yield* follow(meeting, alltoallUneven(meeting, call));
  }
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
      const meeting = new Meeting(team, { kind: kinds[collective], length: 0, root: broadcast.root, number });
      return [meeting, broadcastAll(meeting, broadcast)];
    }
    case 'allgather': {
      const allgather = call as SharedAllgather;
      const { all, layout } = allgather;
      const kind = kinds[collective] | layoutWord(layout.counts);
      const meeting = new Meeting(team, { kind, length: all.length, root: 0, number });
      return [meeting, allgatherAll(meeting, allgather)];
    }
    case 'gather': {
      const gather = call as GatherCall;
      const { root, layout } = gather;
      const kind = kinds[collective] | layoutWord(layout.counts);
      const meeting = new Meeting(team, { kind, length: 0, root, number });
      return [meeting, gatherAll(meeting, gather)];
    }
    case 'scatter': {
      const { root } = call as ScatterCall;
      const meeting = new Meeting(team, { kind: kinds[collective], length: 0, root, number });
      return [meeting, scatterAll(meeting, call as ScatterCall)];
    }
    case 'alltoall': {
      const alltoall = call as AlltoallCall;
      const { length } = alltoall.input;
      const meeting = new Meeting(team, { kind: kinds[collective], length, root: 0, number });
      return [meeting, alltoallEven(meeting, alltoall)];
    }
    default:
      return null;
  }
}
