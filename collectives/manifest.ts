/** The manifest: every algorithm of every collective. Tests and the choice read it; nothing else lists them. */

import type { Algorithm, Collective } from './algorithm.ts';
import { allgatherBruck } from './algorithms/allgather-bruck.ts';
import { allgatherRing } from './algorithms/allgather-ring.ts';
import { allreduceRabenseifner } from './algorithms/allreduce-rabenseifner.ts';
import { allreduceRecursiveDoubling } from './algorithms/allreduce-recursive-doubling.ts';
import { allreduceRing } from './algorithms/allreduce-ring.ts';
import { allreduceTree } from './algorithms/allreduce-tree.ts';
import { alltoallBruck } from './algorithms/alltoall-bruck.ts';
import { alltoallPairwise } from './algorithms/alltoall-pairwise.ts';
import { barrierDissemination } from './algorithms/barrier-dissemination.ts';
import { broadcastBinomial } from './algorithms/broadcast-binomial.ts';
import { broadcastScatterAllgather } from './algorithms/broadcast-scatter-allgather.ts';
import { gatherBinomial } from './algorithms/gather-binomial.ts';
import { gatherLinear } from './algorithms/gather-linear.ts';
import { reduceBinomial } from './algorithms/reduce-binomial.ts';
import { reduceScatterGather } from './algorithms/reduce-scatter-gather.ts';
import { reduceScatterPairwise } from './algorithms/reduce-scatter-pairwise.ts';
import { reduceScatterRecursiveDoubling } from './algorithms/reduce-scatter-recursive-doubling.ts';
import { reduceScatterRecursiveHalving } from './algorithms/reduce-scatter-recursive-halving.ts';
import { scanChain } from './algorithms/scan-chain.ts';
import { scanRecursiveDoubling } from './algorithms/scan-recursive-doubling.ts';
import { scatterBinomial } from './algorithms/scatter-binomial.ts';
import { scatterLinear } from './algorithms/scatter-linear.ts';

export const algorithms: { readonly [C in Collective]: readonly Algorithm<C>[] } = {
  barrier: [barrierDissemination],
  broadcast: [broadcastBinomial, broadcastScatterAllgather],
  reduce: [reduceBinomial, reduceScatterGather],
  allreduce: [allreduceRecursiveDoubling, allreduceRabenseifner, allreduceRing, allreduceTree],
  gather: [gatherBinomial, gatherLinear],
  scatter: [scatterBinomial, scatterLinear],
  allgather: [allgatherBruck, allgatherRing],
  alltoall: [alltoallBruck, alltoallPairwise],
  reduceScatter: [reduceScatterRecursiveHalving, reduceScatterRecursiveDoubling, reduceScatterPairwise],
  scan: [scanRecursiveDoubling, scanChain],
};
