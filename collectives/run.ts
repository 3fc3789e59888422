/**
 * Runs one part of a collective: in shared memory where all ranks share a segment and there is a form for it, else by
 * the messages of `algorithm`.
 */
import type { CollectiveCall } from '../runtime/comm/install.ts';
import type { Program } from '../runtime/comm/program.ts';
import type { Team } from '../runtime/comm/team.ts';
import type {
  Algorithm,
  AllgatherCall,
  AlltoallCall,
  BroadcastCall,
  Calls,
  Collective,
  ReduceScatterCall,
  RootedReductionCall,
  ReductionCall,
  ScanCall,
} from './algorithm.ts';
import { perform } from './perform.ts';
import { allgatherAll, alltoallEven, broadcastAll } from './shared/movements.ts';
import { reduceScatterAll, reduceTo, scanAll } from './shared/reductions.ts';
import { kindWord, layoutWord } from './shared/signature.ts';
import { follow, Meeting, type Tiles } from './shared/tiles.ts';
import type { Reduction } from './shared/workspace.ts';

/**
 * `reduction`: the predefined one, where all ranks know it; the caller's own travel as messages. The pieces of an
 * alltoall must have one length on all ranks.
 */
export function* run<C extends Collective>(
  exchange: CollectiveCall,
  algorithm: Algorithm<C>,
  call: Calls[C],
  reduction: Reduction | null = null,
): Program<void> {
  const { team } = exchange;
  const tiles = team === undefined ? null : tilesOf(team, exchange.number ?? 0, algorithm.collective, call, reduction);
  if (team === undefined || tiles === null) yield* perform(exchange, algorithm.steps(call));
  else yield* tiles;
}

function tilesOf(
  team: Team,
  number: number,
  collective: Collective,
  call: Calls[Collective],
  reduction: Reduction | null,
): Program<void> | null {
  const meet = (array: { readonly length: number } | null, root: number, body: (meeting: Meeting) => Tiles) => {
    const format = reduction?.type.code ?? 0;
    const kind = kindWord(collective, format, reduction?.op) | layoutWord(call);
    const meeting = new Meeting(team, { kind, length: array?.length ?? 0, root, number });
    return follow(meeting, body(meeting));
  };
  switch (collective) {
    case 'broadcast': {
      const broadcast = call as BroadcastCall;
      return meet(null, broadcast.root, (meeting) => broadcastAll(meeting, broadcast));
    }
    case 'allgather': {
      const { all } = call as AllgatherCall;
      return meet(all, 0, (meeting) => allgatherAll(meeting, call as AllgatherCall));
    }
    case 'alltoall': {
      const alltoall = call as AlltoallCall;
      return meet(alltoall.input, 0, (meeting) => alltoallEven(meeting, alltoall));
    }
    default:
      return reduction === null ? null : reductionOf(collective, call as ReductionCall, reduction, meet);
  }
}

type Meet = (array: ReductionCall['vector'], root: number, body: (meeting: Meeting) => Tiles) => Program<void>;

function reductionOf(
  collective: Collective,
  call: ReductionCall,
  reduction: Reduction,
  meet: Meet,
): Program<void> | null {
  const { vector } = call;
  switch (collective) {
    case 'reduce': {
      const rooted = call as RootedReductionCall;
      return meet(vector, rooted.root, (meeting) => reduceTo(meeting, reduction, rooted));
    }
    case 'reduceScatter':
      return meet(vector, 0, (meeting) => reduceScatterAll(meeting, reduction, call as ReduceScatterCall));
    case 'scan':
      return meet(vector, 0, (meeting) => scanAll(meeting, reduction, call as ScanCall));
    default:
      return null;
  }
}
