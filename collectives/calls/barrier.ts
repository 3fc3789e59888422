import type { CollectiveCall, CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { choose } from '../choose.ts';
import { run } from '../run.ts';
import { barrierDirect, SlotBarrier } from '../shared/barrier.ts';
import { runLater } from '../shared/slot-call.ts';

/** Returns on no rank before it was called on every rank (MPI-4.1, §6.3). */
export const barrier: CollectiveDefinition = {
  name: 'barrier',
  payload: false,
  direct: barrierDirect,
  start(call) {
    const { team, number } = call;
    if (team === undefined || number === undefined) return byMessages(call);
    return runLater(team, new SlotBarrier(number));
  },
};

function* byMessages(exchange: CollectiveCall): Program<void> {
  const { rank, size, isMixed } = exchange;
  const algorithm = choose('barrier', { isMixed, size, bytes: 0, commutative: true, even: true });
  yield* run(exchange, algorithm, { rank, size, tag: 0 });
}
