import type { CollectiveDefinition } from '../../runtime/comm/install.ts';
import type { Exchange, Program } from '../../runtime/comm/program.ts';
import { choose } from '../choose.ts';
import { perform } from '../perform.ts';

/** Returns on no rank before it was called on every rank (MPI-4.1, §6.3). */
export const barrier: CollectiveDefinition = {
  name: 'barrier',
  payload: false,
  start: (exchange) => run(exchange),
};

function* run(exchange: Exchange): Program<void> {
  const { rank, size } = exchange;
  const algorithm = choose('barrier', { size, bytes: 0, commutative: true, even: true });
  yield* perform(exchange, algorithm.steps({ rank, size, tag: 0 }));
}
