/** Which algorithm runs: a table from collective, ranks, bytes and operation to algorithm. */

import type { Algorithm, Collective } from './algorithm.ts';
import { allgatherBruck } from './algorithms/allgather-bruck.ts';
import { allgatherRing } from './algorithms/allgather-ring.ts';
import { allreduceRabenseifner } from './algorithms/allreduce-rabenseifner.ts';
import { allreduceRecursiveDoubling } from './algorithms/allreduce-recursive-doubling.ts';
import { allreduceRing } from './algorithms/allreduce-ring.ts';
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

/** What a choice is made from. Every rank of a call must pass the same, or the ranks would run different algorithms. */
export interface Facts {
  readonly size: number;
  /** The whole vector; of a movement of pieces, all pieces of one rank's side together. */
  readonly bytes: number;
  /** False when operands must combine in rank order. True where nothing is reduced. */
  readonly commutative: boolean;
  /** True when all pieces have one length. True where there are no pieces. */
  readonly even: boolean;
}

/** A row of the table. A bound that is left out does not bind. */
interface Rule<C extends Collective> {
  readonly algorithm: Algorithm<C>;
  readonly bytesMax?: number;
  readonly sizeMax?: number;
  /** Only where the number of ranks is a power of two. */
  readonly powerOfTwo?: true;
}

const KiB = 1024;

/** Of each collective the first row that fits is taken; the last one of each fits everything. */
export const table: { readonly [C in Collective]: readonly Rule<C>[] } = {
  barrier: [{ algorithm: barrierDissemination }],
  broadcast: [
    { algorithm: broadcastBinomial, bytesMax: 32 * KiB },
    { algorithm: broadcastBinomial, sizeMax: 2 },
    { algorithm: broadcastScatterAllgather },
  ],
  reduce: [
    { algorithm: reduceBinomial, bytesMax: 8 * KiB },
    { algorithm: reduceBinomial, sizeMax: 2 },
    { algorithm: reduceScatterGather },
  ],
  allreduce: [
    { algorithm: allreduceRecursiveDoubling, bytesMax: 8 * KiB },
    { algorithm: allreduceRabenseifner, powerOfTwo: true },
    // The fold of the ranks past a power of two moves the whole vector twice; below this the ring's rounds cost more.
    { algorithm: allreduceRabenseifner, bytesMax: 256 * KiB },
    { algorithm: allreduceRing },
    { algorithm: allreduceRabenseifner },
  ],
  gather: [{ algorithm: gatherBinomial, bytesMax: 32 * KiB }, { algorithm: gatherLinear }],
  scatter: [{ algorithm: scatterBinomial, bytesMax: 32 * KiB }, { algorithm: scatterLinear }],
  allgather: [{ algorithm: allgatherBruck, bytesMax: 32 * KiB }, { algorithm: allgatherRing }],
  alltoall: [{ algorithm: alltoallBruck, bytesMax: 8 * KiB }, { algorithm: alltoallPairwise }],
  reduceScatter: [
    { algorithm: reduceScatterRecursiveHalving, bytesMax: 32 * KiB },
    { algorithm: reduceScatterRecursiveDoubling, bytesMax: 2 * KiB },
    { algorithm: reduceScatterPairwise },
  ],
  // The chain has as many rounds as ranks, so it pays only once the vector is many segments long.
  scan: [{ algorithm: scanRecursiveDoubling, bytesMax: 512 * KiB }, { algorithm: scanChain }],
};

/** The algorithm for these facts. */
export function choose<C extends Collective>(collective: C, facts: Facts): Algorithm<C> {
  const rules: readonly Rule<C>[] = table[collective];
  const rule = rules.find((candidate) => fits(candidate, facts));
  if (rule === undefined) throw new RangeError(`the table has no ${collective} for ${JSON.stringify(facts)}`);
  return rule.algorithm;
}

function fits<C extends Collective>(rule: Rule<C>, { size, bytes, commutative, even }: Facts): boolean {
  return (
    bytes <= (rule.bytesMax ?? Infinity) &&
    size <= (rule.sizeMax ?? Infinity) &&
    (rule.powerOfTwo === undefined || (size & (size - 1)) === 0) &&
    (commutative || !rule.algorithm.commutativeOnly) &&
    (even || !rule.algorithm.evenOnly)
  );
}
