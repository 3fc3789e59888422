/**
 * Collectives of ranks that lie in several segments (decision 14): what can be done in shared memory is done there, and
 * one copy of the data goes between segments, by the algorithms for messages among one rank of each.
 */
import type { CollectiveCall } from '../../runtime/comm/install.ts';
import type { Levels } from '../../runtime/comm/sharing.ts';
import type { Program } from '../../runtime/comm/program.ts';
import type {
  AllgatherCall,
  BroadcastCall,
  Calls,
  Collective,
  ReduceScatterCall,
  ReductionCall,
  RootedReductionCall,
  ScanCall,
} from '../algorithm.ts';
import { kinds, layoutWord } from '../shared/signature.ts';
import type { Operands } from '../shared/operands.ts';
import { fitsSlot } from '../shared/slot-fold.ts';
import type { Identity } from '../shared/tiles.ts';
import { Inside } from './inside.ts';
import { allgather, barrier, broadcast } from './movements.ts';
import { allreduce, reduce, reduceScatter, scan } from './reductions.ts';

/**
 * Null where the flat algorithm is as good or the only one: gather and scatter move each piece between segments once
 * anyway; in a short broadcast or reduce the flat tree lets most ranks go on at once; and what the caller's own
 * operation combines is not for the kernels.
 */
export function twoLevel<C extends Collective>(
  exchange: CollectiveCall,
  levels: Levels,
  collective: C,
  call: Calls[C],
  operands: Operands | null,
): Program<void> | null {
  const { tag } = call;
  if ((collective === 'broadcast' || collective === 'reduce') && fitsSlot((call as BroadcastCall).vector.byteLength)) {
    return null;
  }
  const inside = new Inside(levels, identityOf(exchange, collective, call, operands));
  const crossing = { exchange, levels, inside, tag };
  switch (collective) {
    case 'barrier':
      return barrier(crossing);
    case 'broadcast':
      return broadcast(crossing, call as BroadcastCall);
    case 'allgather':
      return allgather(crossing, call as AllgatherCall);
    default:
      break;
  }
  if (operands === null) return null;
  const reducing = { ...crossing, operands };
  switch (collective) {
    case 'allreduce':
      return allreduce(reducing, call as ReductionCall);
    case 'reduce':
      return reduce(reducing, call as RootedReductionCall);
    case 'reduceScatter':
      return reduceScatter(reducing, call as ReduceScatterCall);
    case 'scan':
      return scan(reducing, call as ScanCall);
    default:
      return null;
  }
}

function identityOf(
  { number = 0 }: CollectiveCall,
  collective: Collective,
  call: Calls[Collective],
  operands: Operands | null,
): Identity {
  const pieces = 'layout' in call ? layoutWord(call.layout.counts) : 0;
  const kind = kinds[collective] | (operands?.word ?? 0) | pieces;
  const root = 'root' in call ? call.root : 0;
  const all = 'all' in call ? call.all : null;
  const length = operands !== null && 'vector' in call ? call.vector.length : (all?.length ?? 0);
  return { kind, length, root, number };
}
