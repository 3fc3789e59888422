/**
 * Which algorithm runs where messages carry a collective: plain data, from collective, ranks, bytes and operation to
 * the name of an algorithm of the manifest. `tsmpi bench tune` measures a table of this form for a machine.
 */
import type { Collective } from './algorithm.ts';

/** A row of the table. A bound that is left out does not bind. */
export interface Rule {
  /** Its name in the manifest. */
  readonly algorithm: string;
  readonly ranksMax?: number;
  /** Of the whole vector; of a movement of pieces, of all pieces of one rank's side together. */
  readonly bytesMax?: number;
  /** Only where the number of ranks is a power of two. */
  readonly powerOfTwo?: true;
  /** Only where the ranks of the job outnumber the cores that they share. */
  readonly crowded?: true;
}

/**
 * Of each collective the first row that fits is taken. A row whose algorithm cannot do the call (it reorders operands
 * that must not be, or needs pieces of one length) does not fit.
 */
export type Table = { readonly [C in Collective]: readonly Rule[] };

const KiB = 1024;

/** The last rows of each collective fit everything. */
export const shippedTable: Table = {
  barrier: [{ algorithm: 'dissemination' }],
  broadcast: [
    { algorithm: 'binomial', bytesMax: 32 * KiB },
    { algorithm: 'binomial', ranksMax: 2 },
    { algorithm: 'scatter-allgather' },
  ],
  reduce: [
    { algorithm: 'binomial', bytesMax: 8 * KiB },
    { algorithm: 'binomial', ranksMax: 2 },
    { algorithm: 'scatter-gather' },
  ],
  allreduce: [
    // Few messages, each of which costs processor time that other ranks want.
    { algorithm: 'tree', crowded: true },
    { algorithm: 'recursive-doubling', bytesMax: 8 * KiB },
    // Between two both send the whole in one round, or halves in two.
    { algorithm: 'recursive-doubling', ranksMax: 2, bytesMax: 128 * KiB },
    { algorithm: 'rabenseifner', powerOfTwo: true },
    // The fold of the ranks past a power of two moves the whole vector twice; below this the ring's rounds cost more.
    { algorithm: 'rabenseifner', bytesMax: 256 * KiB },
    { algorithm: 'ring' },
    { algorithm: 'rabenseifner' },
  ],
  gather: [{ algorithm: 'binomial', bytesMax: 32 * KiB }, { algorithm: 'linear' }],
  scatter: [{ algorithm: 'binomial', bytesMax: 32 * KiB }, { algorithm: 'linear' }],
  allgather: [{ algorithm: 'bruck', bytesMax: 32 * KiB }, { algorithm: 'ring' }],
  alltoall: [{ algorithm: 'bruck', bytesMax: 8 * KiB }, { algorithm: 'pairwise' }],
  reduceScatter: [
    { algorithm: 'recursive-halving', bytesMax: 32 * KiB },
    { algorithm: 'recursive-doubling', bytesMax: 2 * KiB },
    { algorithm: 'pairwise' },
  ],
  // The chain has as many rounds as ranks, so it pays only once the vector is many segments long.
  scan: [{ algorithm: 'recursive-doubling', bytesMax: 512 * KiB }, { algorithm: 'chain' }],
};
